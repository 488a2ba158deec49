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

    func line(_ bytes: UnsafeBufferPointer<UInt8>, of run: RunID, stream: OutputStream, late: Bool, continued: Bool, mode: LogMode) {
        let writer = stream == .stdout ? out : errors
        if passthrough || mode == .raw {
            var raw = Array(bytes)
            if !continued { raw.append(UInt8(ascii: "\n")) }
            writer.write(raw)
            return
        }
        writer.write(
            format.output(
                bytes, run: "\(run)", job: "\(run.job)", stream: stream.rawValue, late: late,
                object: mode == .json && !continued && JSONLine.isObject(bytes), at: clocks.wall),
            onFreshLine: true)
    }

    var isCongested: Bool { out.isCongested || errors.isCongested }

    func whenDrained(_ handler: @escaping @Sendable () -> Void) {
        if out.isCongested { out.whenDrained(handler) } else { errors.whenDrained(handler) }
    }
}
