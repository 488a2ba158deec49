internal import CronExpressions
public import CronJobs

/// How log lines are written: for a terminal, or for machines.
public enum LogFormat: String, Sendable, CaseIterable {
    case text, json, logfmt

    public func line(_ record: LogRecord) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(160)
        switch self {
        case .text: appendText(record, to: &line)
        case .json: appendJSON(record, to: &line)
        case .logfmt: appendLogfmt(record, to: &line)
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    /// A line of a run's output.
    ///
    /// - Parameter object: the line is known to be a JSON object; the JSON format takes it as one, under `data`.
    public func output(
        _ text: UnsafeBufferPointer<UInt8>, run: String, job: String, stream: String, late: Bool, object: Bool = false, at time: WallTime
    ) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(text.count + 128)
        switch self {
        case .text:
            line.append(timestamp: time)
            line += " \(run) \(stream)\(late ? " late" : "") | ".utf8
            line.append(printable: text)
        case .json where object:
            // The job's own object, its fields kept; `JSONLine` has seen that it is one.
            line += "{\"time\":\"".utf8
            line.append(timestamp: time)
            line += "\",\"level\":\"info\",\"message\":\"output\",\"job\":".utf8
            line.append(json: job)
            line += ",\"run\":".utf8
            line.append(json: run)
            line += ",\"stream\":\"\(stream)\",\"data\":".utf8
            line.append(contentsOf: text)
            line.append(UInt8(ascii: "}"))
        case .json, .logfmt:
            let shown = String(decoding: text, as: UTF8.self)
            var fields: [LogRecord.Field] = [.text("job", job), .text("run", run), .text("stream", stream), .text("text", shown)]
            if late { fields.append(.flag("late", true)) }
            let record = LogRecord(time: time, level: .info, message: "output", fields: fields)
            if self == .json { appendJSON(record, to: &line) } else { appendLogfmt(record, to: &line) }
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private func appendText(_ record: LogRecord, to line: inout [UInt8]) {
        line.append(timestamp: record.time)
        line += " \(record.level.name.uppercased()) \(record.message)".utf8
        for field in record.fields {
            line += " \(field.name)=".utf8
            line.append(logfmt: field.value)
        }
        if let detail = record.detail { line += "\n\(detail)".utf8 }
    }

    private func appendJSON(_ record: LogRecord, to line: inout [UInt8]) {
        line += "{\"time\":\"".utf8
        line.append(timestamp: record.time)
        line += "\",\"level\":\"\(record.level.name)\",\"message\":".utf8
        line.append(json: record.message)
        for field in record.fields {
            line += ",\"\(field.name)\":".utf8
            switch field.value {
            case .text(let text): line.append(json: text)
            case .number(let number): line += "\(number)".utf8
            case .flag(let flag): line += "\(flag)".utf8
            }
        }
        if let detail = record.detail {
            line += ",\"detail\":".utf8
            line.append(json: detail)
        }
        line.append(UInt8(ascii: "}"))
    }

    private func appendLogfmt(_ record: LogRecord, to line: inout [UInt8]) {
        line += "time=".utf8
        line.append(timestamp: record.time)
        line += " level=\(record.level.name) msg=".utf8
        line.append(logfmt: .text(record.message))
        for field in record.fields {
            line += " \(field.name)=".utf8
            line.append(logfmt: field.value)
        }
        if let detail = record.detail {
            line += " detail=".utf8
            line.append(logfmt: .text(detail))
        }
    }
}
