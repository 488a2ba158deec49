package import CronJobs

/// How much of all jobs' output one turn of the loop takes. What is beyond it waits for the next turn, behind timers, exits and requests.
///
/// Bytes alone are no bound: a job that writes two-byte lines makes 128 Ki lines of them, and each costs a log line.
package struct OutputBudget {
    package static let bytesPerTurn = 256 * 1024
    package static let linesPerTurn = 2000
    package static let timePerTurn = Duration.milliseconds(2)

    private var bytes = bytesPerTurn
    private var lines = linesPerTurn
    private let end: MonotonicTime

    package init(now: MonotonicTime) { end = now + Self.timePerTurn }

    /// Takes what a visit to a pipe has cost; false when nothing is left.
    package mutating func spend(bytes: Int, lines: Int, now: MonotonicTime) -> Bool {
        self.bytes -= bytes
        self.lines -= lines
        return self.bytes > 0 && self.lines > 0 && now < end
    }
}
