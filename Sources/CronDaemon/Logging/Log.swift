public import CronJobs
internal import LinuxEvents

/// Takes finished log lines; must not block.
public protocol LogSink: Sendable {
    /// False if the line was dropped, because whoever reads the log does not keep up.
    @discardableResult
    func write(_ line: [UInt8]) -> Bool
}

/// Our own log: messages of the service, not the jobs' output.
public struct Log: Sendable {
    public var format: LogFormat
    public var level: LogLevel
    private let clocks: any Clocks
    private let errors: any LogSink
    private let information: any LogSink
    private let secrets: Secrets?
    /// Records that found no room, and of which nothing was said yet.
    private let lost = Locked(0)

    /// - Parameters:
    ///   - errors: takes all records.
    ///   - information: takes records below warning instead, with `--split`.
    ///   - secrets: what is masked in the texts of records.
    public init(
        format: LogFormat, level: LogLevel, clocks: any Clocks, errors: any LogSink, information: (any LogSink)? = nil,
        secrets: Secrets? = nil
    ) {
        self.format = format
        self.level = level
        self.clocks = clocks
        self.errors = errors
        self.secrets = secrets
        self.information = information ?? errors
    }

    public func debug(_ message: String, _ fields: LogRecord.Field...) { record(.debug, message, fields) }
    public func info(_ message: String, _ fields: LogRecord.Field...) { record(.info, message, fields) }
    public func warning(_ message: String, _ fields: LogRecord.Field..., detail: String? = nil) {
        record(.warning, message, fields, detail)
    }
    public func error(_ message: String, _ fields: LogRecord.Field..., detail: String? = nil) { record(.error, message, fields, detail) }

    public func record(_ level: LogLevel, _ message: String, _ fields: [LogRecord.Field], _ detail: String? = nil) {
        guard level >= self.level else { return }
        var record = LogRecord(time: clocks.wall, level: level, message: message, fields: fields, detail: detail)
        if let mask = secrets?.mask { record.hide(mask) }
        let sink = level < .warning ? information : errors
        guard sink.write(format.line(record)) else { return lost.withLock { $0 += 1 } }
        let count = lost.withLock { lost in
            defer { lost = 0 }
            return lost
        }
        guard count > 0 else { return }
        let fields = [LogRecord.Field.number("count", Int64(count))]
        let loss = LogRecord(
            time: clocks.wall, level: .warning, message: "log lines were lost: whoever reads the log did not keep up", fields: fields)
        if !sink.write(format.line(loss)) { lost.withLock { $0 += count } }
    }
}

/// Log lines into a bounded writer.
struct WriterSink: LogSink {
    let writer: OutputWriter

    func write(_ line: [UInt8]) -> Bool { writer.write(line, onFreshLine: true) }
}
