/// Which variables hold secrets, by their names: words in which `*` stands for anything, in any case.
public struct SecretNames: Hashable, Sendable {
    public static let standardText = "*_KEY *_TOKEN *_SECRET *PASSWORD*"
    public static let standard = SecretNames(standardText) ?? .none
    public static let none = SecretNames(patterns: [])

    /// In upper case.
    private let patterns: [[UInt8]]

    private init(patterns: [[UInt8]]) { self.patterns = patterns }

    /// Words with blanks or commas between, or `none`; `nil` for what has other characters than names have.
    public init?(_ text: String) {
        guard text != "none" else {
            self = .none
            return
        }
        let words = text.utf8.split { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: ",") }.map { $0.map(Self.upperCase) }
        let isMadeOfThem = words.joined().allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "*")
        }
        guard !words.isEmpty, isMadeOfThem else { return nil }
        patterns = words
    }

    /// Whether a variable of this name holds a secret, in any case of letters.
    public func contains(_ name: String) -> Bool {
        if patterns.isEmpty { return false }
        let name = name.utf8.map(Self.upperCase)
        return patterns.contains { Self.matches(name, $0) }
    }

    private static func upperCase(_ byte: UInt8) -> UInt8 { (97...122).contains(byte) ? byte - 32 : byte }

    /// At a mismatch the last `*` takes one byte more: a name is gone over once for each `*` at most.
    private static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var at = 0, place = 0
        var star: (place: Int, taken: Int)?
        while at < name.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, at)
                place += 1
            } else if place < pattern.count, pattern[place] == name[at] {
                (at, place) = (at + 1, place + 1)
            } else if let (starPlace, taken) = star {
                star = (starPlace, taken + 1)
                (at, place) = (taken + 1, starPlace + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

extension SecretNames {
    /// The values of the secrets among variables, each as `NAME=value`.
    public func secrets(among variables: some Sequence<String>) -> [String] {
        if patterns.isEmpty { return [] }
        return variables.compactMap { variable in
            guard let equals = variable.utf8.firstIndex(of: UInt8(ascii: "=")), contains(String(variable[..<equals])) else { return nil }
            return String(variable[variable.utf8.index(after: equals)...])
        }
    }

    /// Variables, each as `NAME=value`, as they may be shown: without the values of secrets, whatever their length, nor where they stand in others.
    public func shown(_ variables: some Sequence<String>) -> [String] {
        let variables = Array(variables), mask = SecretMask(secrets(among: variables))
        return variables.map { variable in
            let name = variable.prefix { $0 != "=" }
            if contains(String(name)) { return "\(name)=\(SecretMask.sign)" }
            return mask?.masked(variable) ?? variable
        }
    }
}
