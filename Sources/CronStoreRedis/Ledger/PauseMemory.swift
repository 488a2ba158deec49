internal import CronJobs

/// What this node remembers of the jobs' pauses.
///
/// Each word about a job's pause has a count, which grows like the fences; where it goes on again, with a minus. The later word counts,
/// wherever it comes from: so a pause that the server forgot comes back, and one that was ended does not.
struct PauseMemory {
    /// Beyond it Lua's numbers are not exact.
    private static let greatest: UInt64 = 1 << 53

    /// A word as the server has it: count, end in ms, who said it.
    struct Word {
        var count: Int64
        var text: String

        init?(_ text: String) {
            guard let count = Int64(text.prefix { $0 != " " }), count.magnitude <= PauseMemory.greatest else { return nil }
            (self.count, self.text) = (count, text)
        }

        /// The count is the server's time in us when it was said.
        var said: PauseHistory.Word {
            let words = text.split(separator: " ", omittingEmptySubsequences: false).dropFirst()
            let until = words.first.flatMap { Int64($0) }.flatMap {
                WallTime(microseconds: $0.multipliedReportingOverflow(by: 1000).partialValue)
            }
            return PauseHistory.Word(
                isPause: count > 0, at: WallTime(microseconds: Int64(clamping: count.magnitude)), until: until,
                by: words.dropFirst().first.map { RowText.decoded(String($0)) } ?? "")
        }
    }

    private(set) var words: [JobID: Word] = [:]
    private(set) var last: Int64 = 0
    /// The mark of the server's state when all of it was heard last.
    private(set) var mark = ""

    func jobs(now: WallTime) -> Set<JobID> {
        Set(words.lazy.filter { $0.value.count > 0 && PauseHistory([$0.value.said]).pause(now: now) != nil }.map(\.key))
    }

    /// - Parameter words: the mark, and job, word …; nothing where nothing has changed.
    mutating func hear(_ words: [RESPValue]) {
        guard let first = words.first?.text else { return }
        mark = first
        for (job, word) in RESPValue.array(Array(words.dropFirst())).pairs {
            guard let name = job.text, let word = word.text.flatMap({ Word($0) }) else { continue }
            let id = JobID(name)
            guard word.count.magnitude > self.words[id]?.count.magnitude ?? 0 else { continue }
            self.words[id] = word
            last = max(last, Int64(clamping: word.count.magnitude))
        }
    }
}
