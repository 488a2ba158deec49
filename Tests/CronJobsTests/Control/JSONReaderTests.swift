import CronJobs
import Testing

@Suite struct JSONReaderTests {
    @Test func values() throws {
        let text = #" {"a":[1,-2,0.5,1e2,true,false,null],"b":{"c":"ü\u00fc\ud83d\ude00\n\/\"\\"},"":[]} "#
        let value = try JSONReader.read(Array(text.utf8))
        #expect(
            value
                == .object([
                    "a": .list([.number(1), .number(-2), .fraction(0.5), .fraction(100), .flag(true), .flag(false), .null]),
                    "b": .object(["c": .text("üü😀\n/\"\\")]), "": .list([]),
                ]))
        #expect(try JSONReader.read(value.bytes) == value)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "1.", "-", "+1", "nul", "\"\\x\"", "\"\\ud800\"",
        "\"\\udc00\"",
        "\"a", "\"\u{1}\"", "1 2", "{a:1}", "1e999", "\"\\u12g4\"", String(repeating: "[", count: 33) + String(repeating: "]", count: 33),
    ])
    func whatIsNoJSON(_ text: String) {
        #expect(throws: JSONFault.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test func badBytesAreNoText() {
        #expect(throws: JSONFault.self) { try JSONReader.read([0x22, 0xFF, 0x22]) }
        #expect(throws: JSONFault.self) { try JSONReader.read([0x22, 0xED, 0xA0, 0x80, 0x22]) }
    }

    @Test func nothingOfItMovesACursorOrForgesALine() throws {
        let value = JSONValue.object(["x\u{1B}[2J": .list([.text("a\nforged"), .text("\u{202E}b"), .text("1\u{9B}")])])
        let bytes = value.bytes
        #expect(bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        #expect(try JSONReader.read(bytes) == value)
        #expect(
            value.visible == .object(["x\u{1B}[2J": .list([.text("a\\x0aforged"), .text("\\u202eb"), .text("1\\u009b")])]))
    }
}
