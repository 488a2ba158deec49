internal import CronExpressions
internal import CronJobs

// The URLs of hooks are secrets, and a line that is shown because something is wrong with it may have one: scheme and host are shown of a URL, as its
// description does, whatever else the line is. A value of `on-failure=` or `ping=` that is no URL was meant to be one.

/// Where the text of a table holds what may be a secret of a URL.
enum URLSecrets {
    private static let keys = [Directive.onFailure, .ping].map { Array("\($0.key)=".utf8) }

    /// What is said about a line, without what is hidden in the line, wherever it is quoted.
    static func masked(_ diagnostic: Diagnostic, hiding places: [Range<Int>], of source: [UInt8]) -> Diagnostic {
        let mask = SecretMask(places.map { String(decoding: source[$0], as: UTF8.self) })
        func shown(_ text: String) -> String { masked(mask?.masked(text) ?? text) }
        var diagnostic = diagnostic
        diagnostic.message = shown(diagnostic.message)
        diagnostic.expected = diagnostic.expected.map(shown)
        diagnostic.suggestion = diagnostic.suggestion.map(shown)
        return diagnostic
    }

    private static func masked(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var shown: [UInt8] = [], at = 0
        for place in places(in: bytes) {
            shown += bytes[at..<place.lowerBound] + Array(SecretMask.sign.utf8)
            at = place.upperBound
        }
        return at == 0 ? text : String(decoding: shown + bytes[at...], as: UTF8.self)
    }

    /// In order, and apart.
    static func places(in bytes: [UInt8]) -> [Range<Int>] {
        guard bytes.contains(UInt8(ascii: ":")) || bytes.contains(UInt8(ascii: "=")) else { return [] }
        var places: [Range<Int>] = [], at = 0
        while at < bytes.count {
            if let key = keys.first(where: { bytes[at...].starts(with: $0) }), at == 0 || isBlank(bytes[at - 1]) || bytes[at - 1] == 0x3A {
                let value = value(of: bytes, from: at + key.count)
                places += ofHook(bytes, value)
                at = max(at + key.count, value.upperBound)
            } else if isScheme(bytes, endingAt: at) {
                let end = (at + 3..<bytes.count).first { endsURL(bytes, $0) } ?? bytes.count
                places += ofURL(bytes, at + 3..<end)
                at = end
            } else {
                at += 1
            }
        }
        return places.filter { !$0.isEmpty }
    }

    // MARK: Where it begins and ends

    private static func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == 0x7F }

    private static func endsURL(_ bytes: [UInt8], _ at: Int) -> Bool {
        isBlank(bytes[at]) || "\"<>`".utf8.contains(bytes[at]) || bytes[at...].starts(with: "”".utf8)
    }

    /// Whether a scheme's `://` stands there.
    private static func isScheme(_ bytes: [UInt8], endingAt at: Int) -> Bool {
        guard at > 0, bytes[at...].starts(with: "://".utf8) else { return false }
        return (97...122).contains(bytes[at - 1] | 0x20) || (48...57).contains(bytes[at - 1])
    }

    /// A directive's value, as it is read: to a blank, or the closing quote.
    private static func value(of bytes: [UInt8], from start: Int) -> Range<Int> {
        if start < bytes.count, bytes[start] == UInt8(ascii: "\"") {
            return start + 1..<(bytes[(start + 1)...].firstIndex(of: UInt8(ascii: "\"")) ?? bytes.count)
        }
        return start..<(bytes[start...].firstIndex(where: isBlank) ?? bytes.count)
    }

    // MARK: What of it

    private static func ofHook(_ bytes: [UInt8], _ value: Range<Int>) -> [Range<Int>] {
        if bytes[value].elementsEqual("none".utf8) { return [] }
        guard let scheme = value.first(where: { isScheme(bytes, endingAt: $0) }) else { return [value] }
        return ofURL(bytes, scheme + 3..<value.upperBound)
    }

    /// All but the host and its port; where that is none, all.
    private static func ofURL(_ bytes: [UInt8], _ rest: Range<Int>) -> [Range<Int>] {
        guard !rest.isEmpty else { return [] }
        let path = rest.first { "/?#".utf8.contains(bytes[$0]) } ?? rest.upperBound
        let user = (rest.lowerBound..<path).last { bytes[$0] == UInt8(ascii: "@") }
        let name = (user.map { $0 + 1 } ?? rest.lowerBound)..<path
        guard bytes[name].allSatisfy(isOfHost), HostPort(Substring(decoding: bytes[name], as: UTF8.self), defaultPort: 1) != nil else {
            return [rest]
        }
        let tail = path < rest.upperBound && bytes[path] == UInt8(ascii: "/") ? path + 1 : path
        return [rest.lowerBound..<(user ?? rest.lowerBound), tail..<rest.upperBound]
    }

    private static func isOfHost(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte | 0x20) || ".-_:[]".utf8.contains(byte)
    }
}
