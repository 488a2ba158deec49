import CronDaemon
import CronExpressions
import CronJobs
import Testing

@Suite struct LogFormatTests {
    let time = WallTime(nanoseconds: 1_798_761_600_123_456_789)

    func line(_ format: LogFormat, _ record: LogRecord) -> String { String(decoding: format.line(record), as: UTF8.self) }

    func output(_ format: LogFormat, _ bytes: [UInt8]) -> String {
        bytes.withUnsafeBufferPointer {
            String(decoding: format.output($0, run: "a@60", job: "a", stream: "stdout", late: false, at: time), as: UTF8.self)
        }
    }

    var record: LogRecord {
        LogRecord(
            time: time, level: .warning, message: "it happened", fields: [.text("job", "a b"), .number("exit", 3), .flag("late", true)])
    }

    @Test func textIsForPeople() {
        #expect(line(.text, record) == "2027-01-01T00:00:00.123Z WARNING it happened job=\"a b\" exit=3 late=true\n")
    }

    @Test func jsonIsOneObjectALine() {
        #expect(
            line(.json, record)
                == #"{"time":"2027-01-01T00:00:00.123Z","level":"warning","message":"it happened","job":"a b","exit":3,"late":true}"# + "\n"
        )
    }

    @Test func logfmtQuotesWhatMustBe() {
        #expect(
            line(.logfmt, record)
                == #"time=2027-01-01T00:00:00.123Z level=warning msg="it happened" job="a b" exit=3 late=true"# + "\n")
    }

    @Test func aJobCannotForgeALine() {
        #expect(output(.text, Array("ok\u{1B}[2J".utf8)) == "2027-01-01T00:00:00.123Z a@60 stdout | ok\\x1b[2J\n")
        #expect(output(.json, Array("a\"\n\\".utf8)).contains(#""text":"a\"\n\\""#))
        #expect(output(.json, [0xFF, 0x41]).contains("\u{FFFD}A"))
    }

    static let marks = "a \u{9B}2J \u{85} \u{2028} \u{2029} \u{202E} \u{2066} \u{200F} b"

    @Test(arguments: LogFormat.allCases) func noMarkOfAJobReachesTheLog(_ format: LogFormat) {
        let record = LogRecord(
            time: time, level: .info, message: "m", fields: [.text("reason", Self.marks)], detail: "line\n\(Self.marks)\u{1B}")
        for text in [output(format, Array(Self.marks.utf8)), line(format, record)] {
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || (0x20..<0x7F).contains($0.value) })
            #expect(text.contains("\\u009b2J"))
        }
    }

    @Test func badBytesAreEscapedInText() {
        #expect(output(.text, [0xFF, 0x41, 0x9B]).hasSuffix("| \\xffA\\x9b\n"))
        #expect(output(.logfmt, [0xFF, 0x41]).contains("text=\"\u{FFFD}A\"") || output(.logfmt, [0xFF, 0x41]).contains("text=\u{FFFD}A"))
    }

    private func object(_ text: String, late: Bool = false) -> String {
        Array(text.utf8).withUnsafeBufferPointer {
            String(
                decoding: LogFormat.json.output($0, run: "a@60", job: "a", stream: "stdout", late: late, object: true, at: time),
                as: UTF8.self)
        }
    }

    @Test func anObjectOfAJobIsPassedThroughWithItsMarksEscaped() {
        let head = #"{"time":"2027-01-01T00:00:00.123Z","level":"info","message":"output","job":"a","run":"a@60","stream":"stdout","data":"#
        #expect(object("{\"k\":\"\u{2028}\u{9B}ü\"}") == head + #"{"k":"\u2028\u009bü"}}"# + "\n")
        #expect(object(#"{"k":"\n"}"#, late: true) == head + #"{"k":"\n"},"late":true}"# + "\n")
    }
}
