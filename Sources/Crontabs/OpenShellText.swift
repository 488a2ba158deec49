/// Whether a command ends within something that a shell would want closed: a quote, backticks, `$(`. Only roughly: a parenthesis too many closes
/// what it does not belong to.
struct OpenShellText {
    private(set) var substitutions = 0
    private(set) var backticks = false
    private(set) var quote: UInt8?

    init(_ command: Slice<UnsafeBufferPointer<UInt8>>) {
        var escaped = false, dollar = false
        for byte in command {
            defer { dollar = !escaped && byte == UInt8(ascii: "$") }
            if escaped {
                escaped = false
            } else if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'") {
                escaped = true
            } else {
                take(byte, dollar: dollar)
            }
        }
    }

    var isOpen: Bool { substitutions > 0 || backticks || quote != nil }

    private mutating func take(_ byte: UInt8, dollar: Bool) {
        if quote == UInt8(ascii: "'") {
            if byte == UInt8(ascii: "'") { quote = nil }
            return
        }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            // Within double quotes a single one is a character.
            if quote == nil { quote = byte } else if quote == byte { quote = nil }
        case UInt8(ascii: "`"): backticks.toggle()
        case UInt8(ascii: "(") where dollar: substitutions += 1
        case UInt8(ascii: ")") where substitutions > 0: substitutions -= 1
        default: break
        }
    }
}
