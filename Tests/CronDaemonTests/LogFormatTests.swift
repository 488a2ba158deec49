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
}
