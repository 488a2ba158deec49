internal import CronExpressions
internal import CronJobs

// What outlives the engine's memory. Every node is a full copy of the state that matters.

/// What this node remembers of the ledger.
struct LedgerMemory {
    /// An attempt that was handed to our caller and has no outcome yet.
    struct Held {
        var fence: Int64
        var isRunning = false
        var first: Instant
        var count: Int
        var trigger: Trigger
        var pool: String?
        var by: String?
        /// What was asked of it, as we heard.
        var request: RunRequest?
        var claimedAt: WallTime
        var startedAt: WallTime?
        var process: ProcessIdentity?
        var token: Int64
    }

    private(set) var marks: [JobID: Instant] = [:]
    private(set) var pauses = PauseMemory()
    var held: [AttemptKey: Held] = [:]
    var recorded = RecordedOutcomes()
    /// The highest that we were told of. An engine that knows none as high has lost something.
    private(set) var fence: Int64 = 0
    private var lastToken: Int64 = 0
    /// Claims that were asked and never answered: what they won is handed out when it is asked for again.
    private(set) var unanswered: [Int64] = []
    /// Gates and outcomes that were asked and never answered.
    private(set) var unsure: [AttemptKey] = []
    static let bound = 4096

    mutating func saw(_ mark: Instant, of job: JobID) {
        if let old = marks[job], old >= mark { return }
        marks[job] = mark
    }

    mutating func saw(fence: Int64) { self.fence = max(self.fence, fence) }

    /// Takes in what a script says of the pauses: the mark of their state, and job, count …
    mutating func hear(pauses: [RESPValue]) { self.pauses.hear(pauses) }

    mutating func rewound(after limit: Instant, to mark: Instant) {
        for (job, at) in marks where at > limit && at > mark { marks[job] = mark }
    }

    mutating func forget(_ job: JobID) { marks[job] = nil }

    mutating func newToken() -> Int64 {
        lastToken += 1
        return lastToken
    }

    /// The call with `token` failed: its caller starts nothing from it.
    mutating func noAnswer(to token: Int64) {
        for (key, entry) in held where entry.token == token { held[key] = nil }
        unanswered.append(token)
        if unanswered.count > Self.bound { unanswered.removeFirst() }
    }

    mutating func noAnswer(about keys: [AttemptKey]) {
        unsure += keys
        if unsure.count > Self.bound { unsure.removeFirst(unsure.count - Self.bound) }
    }

    /// Whether a call about `key` went unanswered before; asked once.
    mutating func wasUnsure(_ key: AttemptKey) -> Bool {
        guard let index = unsure.firstIndex(of: key) else { return false }
        unsure.remove(at: index)
        return true
    }
}
