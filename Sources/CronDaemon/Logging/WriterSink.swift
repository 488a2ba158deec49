internal import LinuxEvents

/// Log lines into a bounded writer.
struct WriterSink: LogSink {
    let writer: OutputWriter

    func write(_ line: [UInt8]) -> Bool { writer.write(line, onFreshLine: true) }
}
