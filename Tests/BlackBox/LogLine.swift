// tidy: helper

/// A line of the log in JSON format: one flat object. Every value as text.
struct LogLine: CustomStringConvertible {
    var fields: [String: String] = [:]
    var description: String

    var message: String { fields["message"] ?? "" }
    subscript(_ name: String) -> String? { fields[name] }

    /// `nil` for anything that is not one flat JSON object.
    init?(_ line: Substring) {
        description = String(line)
        var rest = Array(line.utf8)[...]
        guard rest.popFirst() == UInt8(ascii: "{") else { return nil }
        while rest.first == UInt8(ascii: "\"") {
            guard let name = Self.string(&rest), rest.popFirst() == UInt8(ascii: ":"), let value = Self.value(&rest) else { return nil }
            fields[name] = value
            if rest.first == UInt8(ascii: ",") { rest.removeFirst() }
        }
        guard rest.elementsEqual([UInt8(ascii: "}")]) else { return nil }
    }

    private static func value(_ rest: inout ArraySlice<UInt8>) -> String? {
        if rest.first == UInt8(ascii: "\"") { return string(&rest) }
        let word = rest.prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "}") }
        rest.removeFirst(word.count)
        return word.isEmpty ? nil : String(decoding: word, as: UTF8.self)
    }

    private static func string(_ rest: inout ArraySlice<UInt8>) -> String? {
        rest.removeFirst()
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escape = rest.popFirst(), let meant = escaped(escape, &rest) else { return nil }
                text.append(meant)
            default: text.append(byte)
            }
        }
        return nil
    }

    private static func escaped(_ byte: UInt8, _ rest: inout ArraySlice<UInt8>) -> UInt8? {
        switch byte {
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "u"):
            let digits = rest.prefix(4)
            rest.removeFirst(digits.count)
            return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
        default: return byte
        }
    }
}
