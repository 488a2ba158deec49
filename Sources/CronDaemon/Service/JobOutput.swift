internal import CronJobs
internal import CronProcesses
internal import Glibc
internal import LinuxEvents

/// The jobs' output on its way to ours: a job's stdout to our stdout, its stderr to our stderr, line by line with job and run.
struct JobOutput: OutputSink {
    let format: LogFormat
    let passthrough: Bool
    let clocks: any Clocks
    let out: OutputWriter
    let errors: OutputWriter
    private let last = LastLine()

    init(format: LogFormat, passthrough: Bool, clocks: any Clocks, out: OutputWriter, errors: OutputWriter) {
        self.format = format
        self.passthrough = passthrough
        self.clocks = clocks
        self.out = out
        self.errors = errors
    }

    func line(_ bytes: UnsafeBufferPointer<UInt8>, of run: RunID, stream: OutputStream, late: Bool, continued: Bool, mode: LogMode) {
        let writer = stream == .stdout ? out : errors
        last.bytes.removeAll(keepingCapacity: true)
        let isRaw = passthrough || mode == .raw
        if isRaw {
            last.bytes.append(contentsOf: bytes)
            if !continued { last.bytes.append(UInt8(ascii: "\n")) }
        } else {
            let isObject = format == .json && mode == .json && !continued && JSONLine.isObject(bytes)
            let timestamp = last.timestamp(clocks.wall)
            last.frame(format, run, stream, late).append(bytes, isObject: isObject, at: timestamp, to: &last.bytes)
        }
        writer.write(last.bytes, onFreshLine: !isRaw)
    }

    var isCongested: Bool { out.isCongested || errors.isCongested }

    func whenDrained(_ handler: @escaping @Sendable () -> Void) {
        if out.isCongested { out.whenDrained(handler) } else { errors.whenDrained(handler) }
    }
}

/// What the next line mostly has in common with the last one: memory, time and frame. On the event loop only.
private final class LastLine: @unchecked Sendable {
    var bytes: [UInt8] = []
    private var run: RunID?
    private var stream = OutputStream.stdout
    private var late = false
    private var frame: OutputFrame?
    private var millisecond = Int64.min
    private var timestamp: [UInt8] = []

    func timestamp(_ time: WallTime) -> [UInt8] {
        guard time.nanoseconds / 1_000_000 != millisecond else { return timestamp }
        millisecond = time.nanoseconds / 1_000_000
        timestamp.removeAll(keepingCapacity: true)
        timestamp.append(timestamp: time)
        return timestamp
    }

    func frame(_ format: LogFormat, _ run: RunID, _ stream: OutputStream, _ late: Bool) -> OutputFrame {
        if let frame, run == self.run, stream == self.stream, late == self.late { return frame }
        let frame = OutputFrame(format, run: "\(run)", job: "\(run.job)", stream: stream.rawValue, late: late)
        (self.run, self.stream, self.late, self.frame) = (run, stream, late, frame)
        return frame
    }
}
