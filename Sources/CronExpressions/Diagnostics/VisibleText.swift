/// Text of a message with every character in sight: those that nobody sees, or that would move what follows, are named by their code point.
public enum VisibleText {
    /// `a<U+00A0>b` for a text with a no-break space.
    public static func of(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isInvisible(scalar) { shown += "<\(name(scalar))>".unicodeScalars } else { shown.append(scalar) }
        }
        return String(shown)
    }

    /// The name of the first character that looks like a blank, or like nothing, and separates nothing: `U+00A0`.
    public static func strangeBlank(in text: String) -> String? {
        text.unicodeScalars.first { $0.value >= 0x80 && isInvisible($0) }.map(name)
    }

    /// `U+00A0`.
    static func name(_ scalar: Unicode.Scalar) -> String {
        let code = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - code.utf8.count)) + code
    }

    static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar == " " { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .spaceSeparator: return true
        default: return scalar.properties.isDefaultIgnorableCodePoint
        }
    }
}
