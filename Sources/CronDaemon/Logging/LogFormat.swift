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
        var timestamp: [UInt8] = [], line: [UInt8] = []
        timestamp.append(timestamp: time)
        OutputFrame(self, run: run, job: job, stream: stream, late: late).append(text, isObject: object, at: timestamp, to: &line)
        return line
    }

    private func appendText(_ record: LogRecord, to line: inout [UInt8]) {
        line.append(timestamp: record.time)
        line += " \(record.level.name.uppercased()) ".utf8
        line.append(record.message, in: .line)
        for field in record.fields {
            line += " \(field.name)=".utf8
            line.append(logfmt: field.value)
        }
        if let detail = record.detail {
            line.append(UInt8(ascii: "\n"))
            line.append(detail, in: .lines)
        }
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
