public import CronJobs

/// Which of a job's two outputs.
public enum OutputStream: String, Sendable, CaseIterable {
    case stdout, stderr
}

/// Takes what jobs write. Called on the event loop, so it must not wait.
public protocol OutputSink: Sendable {
    /// One line without its newline; the bytes are valid during the call only, as the job wrote them: not checked to be text.
    ///
    /// `late`: it came after the run's outcome, from a process that the run left behind. `continued`: it goes on with the next call for the
    /// same stream, without a newline in between: a piece of a line longer than 16 KiB, or anything in raw mode, where newlines are included.
    func line(_ bytes: UnsafeBufferPointer<UInt8>, of run: RunID, stream: OutputStream, late: Bool, continued: Bool, mode: LogMode)

    /// Whether jobs' output should stay in their pipes for now.
    var isCongested: Bool { get }

    /// Calls `handler` once when there is room again, on any thread.
    func whenDrained(_ handler: @escaping @Sendable () -> Void)
}
