import CronExpressions
import Testing

@Suite struct VisibleTextTests {
    private func appended(_ bytes: [UInt8], _ place: VisibleText.Place = .line) -> String {
        var line: [UInt8] = []
        bytes.withUnsafeBufferPointer { VisibleText.append($0, in: place, to: &line) }
        return String(decoding: line, as: UTF8.self)
    }

    @Test("What moves a cursor, ends a line or turns its order is escaped")
    func hidden() {
        #expect(VisibleText.shown("a\u{1B}[2J\u{7F}\u{7}b") == "a\\x1b[2J\\x7f\\x07b")
        #expect(VisibleText.shown("\u{80}\u{85}\u{9B}2J\u{9F}\u{A0}") == "\\u0080\\u0085\\u009b2J\\u009f\u{A0}")
        #expect(VisibleText.shown("a\u{2028}b\u{2029}c") == "a\\u2028b\\u2029c")
        for mark: UInt32 in [0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069] {
            let text = Unicode.Scalar(mark).map { String($0) } ?? ""
            let digits = String(mark, radix: 16)
            #expect(VisibleText.shown("x\(text)y") == "x\\u" + String(repeating: "0", count: 4 - digits.count) + digits + "y")
        }
    }

    @Test("All other text stays as it is, tabs, blanks and joiners included")
    func kept() {
        for text in ["", "plain", "tab\there", "ümläut", "日本語　全角", "👩‍👩‍👧 family", "क्‍ष", "\u{FEFF}bom", "עברית", "a\"b\\c"] {
            #expect(VisibleText.shown(text) == text)
        }
    }

    @Test("Bytes that are no UTF-8 are escaped one by one")
    func badBytes() {
        #expect(appended([0xFF, 0x41]) == "\\xffA")
        // Overlong, a surrogate, beyond the last code point, cut short.
        #expect(appended([0xC0, 0x80]) == "\\xc0\\x80")
        #expect(appended([0xED, 0xA0, 0x80]) == "\\xed\\xa0\\x80")
        #expect(appended([0xF4, 0x90, 0x80, 0x80]) == "\\xf4\\x90\\x80\\x80")
        #expect(appended([0x61, 0xE2, 0x80]) == "a\\xe2\\x80")
        // A raw C1 byte is no UTF-8, either.
        #expect(appended([0x9B, 0x32, 0x4A]) == "\\x9b2J")
        #expect(appended([0xFF], .quotes) == "\u{FFFD}")
    }

    @Test("A newline stays only where several lines are shown")
    func newlines() {
        #expect(VisibleText.shown("a\nb\r") == "a\\x0ab\\x0d")
        #expect(VisibleText.shown("a\nb\r", in: .lines) == "a\nb\\x0d")
    }

    @Test("Between quotes it is a JSON string")
    func quotes() {
        #expect(VisibleText.shown("a\"\\\n\r\t\u{1}\u{9B}", in: .quotes) == #"a\"\\\n\r\t\u0001\u009b"#)
    }

    @Test("In JSON that is valid already only what is hidden is escaped")
    func json() {
        #expect(VisibleText.shown("{\"a\":\"\u{2028}\u{7F}\",\t\"b\":\"\\n\"\r}", in: .json) == #"{"a":"\u2028\u007f",\#t"b":"\n" }"#)
    }

    @Test("Wherever the odd byte stands among eight, it is found, and nothing else is touched")
    func positions() {
        for length in 1...40 {
            for position in 0..<length {
                for odd: UInt8 in [0, 9, 0x1F, 0x20, 0x22, 0x5C, 0x7E, 0x7F, 0x80, 0xFF] {
                    var bytes = [UInt8](repeating: UInt8(ascii: "~"), count: length)
                    bytes[position] = odd
                    let count = bytes.withUnsafeBufferPointer { VisibleText.visibleCount($0) }
                    let isVisible = odd == 9 || (0x20..<0x7F).contains(odd)
                    #expect(count == (isVisible ? length : position))
                    let quoted = bytes.withUnsafeBufferPointer { VisibleText.visibleCount($0, .quotes) }
                    #expect(quoted == ([0x20, 0x7E].contains(odd) ? length : position))
                }
            }
        }
    }
}
