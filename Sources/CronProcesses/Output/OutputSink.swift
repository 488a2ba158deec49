public import CronJobs

/// Which of a job's two outputs.
public enum OutputStream: String, Sendable, CaseIterable {
    case standardOutput = "stdout"
    case standardError = "stderr"
}

/// A piece of a job's output: where it came from and how to show it.
public struct OutputOrigin: Sendable {
    public var run: RunID
    public var attempt: Int
    public var stream: OutputStream
    public var mode: LogMode
    /// It came after the run's outcome: a process that the run left behind wrote it.
    public var late: Bool

    public init(run: RunID, attempt: Int = 1, stream: OutputStream, mode: LogMode, late: Bool = false) {
        self.run = run
        self.attempt = attempt
        self.stream = stream
        self.mode = mode
        self.late = late
    }
}

/// Takes what jobs write. Called on the event loop, so it must not wait.
public protocol OutputSink: Sendable {
    /// One line without its newline, valid during the call only; `continued` when the line is so long that its rest comes with the next call
    /// for the same stream. In raw mode it is any piece, newlines included. Bytes as the job wrote them: not checked to be text.
    func line(_ bytes: UnsafeBufferPointer<UInt8>, from origin: OutputOrigin, continued: Bool)

    /// Whether jobs' output should stay in their pipes for now.
    var isCongested: Bool { get }

    /// Calls `resume` once when there is room again, on any thread.
    func whenDrained(_ resume: @escaping @Sendable () -> Void)
}
