/// How many cells of a terminal a text takes: two for the letters of East Asia and for emoji, none for marks that stand on another letter.
///
/// Terminals differ in rare cases. A text that is in sight (`VisibleText`) is expected: nothing in it moves the cursor.
enum TextWidth {
    static func of(_ text: String) -> Int {
        var copy = text
        if let plain = copy.withUTF8({ bytes in bytes.allSatisfy { $0 < 0x80 } ? bytes.count : nil }) { return plain }
        return text.reduce(0) { $0 + of($1) }
    }

    static func of(_ character: Character) -> Int {
        let scalars = character.unicodeScalars
        if scalars.count == 1, let only = scalars.first { return of(only) }
        // A flag, and what is told to be shown as a picture.
        let isPicture = scalars.contains {
            $0.value == 0xFE0F || (0x1F1E6...0x1F1FF).contains($0.value) || (0x1F3FB...0x1F3FF).contains($0.value)
        }
        return isPicture ? 2 : min(2, scalars.reduce(0) { $0 + of($1) })
    }

    /// The beginning, or the end, of a text that takes so many cells, with an ellipsis for what is left out.
    static func cut(_ text: String, to width: Int, keepsEnd: Bool = false) -> String {
        guard of(text) > width else { return text }
        var kept: [Character] = [], left = width - 1
        for character in keepsEnd ? Array(text.reversed()) : Array(text.prefix(max(0, width))) {
            left -= of(character)
            if left < 0 { break }
            kept.append(character)
        }
        if width < 1 { return "" }
        return keepsEnd ? "…" + String(kept.reversed()) : String(kept) + "…"
    }

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        if value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        if (0x1160...0x11FF).contains(value) { return 0 }
        return scalar.properties.isEmojiPresentation || wide.contains { $0.contains(value) } ? 2 : 1
    }

    /// Blocks of wide letters: Hangul, CJK with its signs, kana and ideographs, Yi, full-width forms.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
        0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18CFF, 0x1AFF0...0x1B2FF, 0x1F300...0x1F64F,
        0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]
}
