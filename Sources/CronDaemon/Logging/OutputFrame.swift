internal import CronExpressions

/// What stands around the lines of one output of a run: made once, for all that come in a row.
struct OutputFrame {
    private let format: LogFormat
    private var beforeTime: [UInt8] = []
    private var afterTime: [UInt8] = []
    private var end: [UInt8] = []

    init(_ format: LogFormat, run: String, job: String, stream: String, late: Bool) {
        self.format = format
        switch format {
        case .text: afterTime += " \(run) \(stream)\(late ? " late" : "") | ".utf8
        case .json:
            beforeTime += "{\"time\":\"".utf8
            afterTime += "\",\"level\":\"info\",\"message\":\"output\",\"job\":".utf8
            afterTime.append(json: job)
            afterTime += ",\"run\":".utf8
            afterTime.append(json: run)
            afterTime += ",\"stream\":\"\(stream)\"".utf8
            end += (late ? ",\"late\":true}" : "}").utf8
        case .logfmt:
            beforeTime += "time=".utf8
            afterTime += " level=info msg=output job=".utf8
            afterTime.append(logfmt: .text(job))
            afterTime += " run=".utf8
            afterTime.append(logfmt: .text(run))
            afterTime += " stream=\(stream) text=".utf8
            if late { end += " late=true".utf8 }
        }
        end.append(UInt8(ascii: "\n"))
    }

    /// - Parameter isObject: `JSONLine` has seen that the line is an object; the JSON format takes it as one, its fields kept.
    func append(_ text: UnsafeBufferPointer<UInt8>, isObject: Bool, at timestamp: [UInt8], to line: inout [UInt8]) {
        line += beforeTime
        line += timestamp
        line += afterTime
        switch format {
        case .text: VisibleText.append(text, to: &line)
        case .json where isObject:
            line += ",\"data\":".utf8
            VisibleText.append(text, in: .json, to: &line)
        case .json:
            line += ",\"text\":\"".utf8
            VisibleText.append(text, in: .quotes, to: &line)
            line.append(UInt8(ascii: "\""))
        case .logfmt: line.append(logfmt: text)
        }
        line += end
    }
}
