internal import CronJobs

// Whether what the files hold now is what somebody means, or half of it.
//
//   a file that exists and cannot be read     keeps what it last held
//   empty after a table                       looked at again after 1 s
//   lines gone while a writer has it open     looked at again until it is closed, for 10 s at most

/// How long a content has been waited for that may be half of what is meant.
struct WritingPatience {
    private static let longestWrite = Duration.seconds(10), longestEmpty = Duration.seconds(1)

    private var emptySince: MonotonicTime?
    private var writerSince: MonotonicTime?

    /// An empty file after one with text counts only if it is still empty a second later: somebody may be writing it.
    mutating func wait(isEmptied: Bool, at now: MonotonicTime) -> Duration? {
        guard isEmptied else {
            emptySince = nil
            return nil
        }
        let since = emptySince ?? now
        emptySince = since
        let left = Self.longestEmpty - (now - since)
        return left > .zero ? left : nil
    }

    /// Lines are gone while the file is still open for writing: mostly the rest is on its way. Nobody waits longer than ten seconds for it.
    mutating func waitForWriter(at now: MonotonicTime) -> Duration? {
        let since = writerSince ?? now
        writerSince = since
        let left = Self.longestWrite - (now - since)
        return left > .zero ? min(left, .seconds(1)) : nil
    }
}
