internal import CronExpressions
internal import CronJobs
internal import NIOCore

// An engine that restarts may lose outcomes that it had confirmed. The node that had them recorded enters them again.

/// The outcomes of the last minutes, so many at most.
struct RecordedOutcomes {
    static let bound = 4096
    /// Of engines that write their file each second, the tail is shorter by far; who restores a backup has lost more than we keep.
    static let age = Duration.seconds(600)

    private var entries: CircularBuffer<RecordedOutcome> = []

    var all: [RecordedOutcome] { Array(entries) }

    mutating func add(_ entry: RecordedOutcome) {
        entries.append(entry)
        while let first = entries.first, entries.count > Self.bound || entry.at - first.at > Self.age { entries.removeFirst() }
    }
}

/// An outcome that was confirmed: its row, and some of its output.
struct RecordedOutcome {
    /// Bytes of output kept: with all of it, many runs would be much.
    static let tailBound = 256

    var key: AttemptKey
    var fence: Int64
    /// As far as the output; see `RedisScript.rowsLua`.
    var row: String
    var tail: [UInt8] = []
    var at: WallTime

    /// - Parameter held: what was known of the attempt, where it ran at this node.
    init(_ finish: Finish, held: LedgerMemory.Held?, at node: String) {
        key = AttemptKey(finish.run, finish.attempt)
        fence = finish.fence
        tail = Array(finish.tail.suffix(Self.tailBound))
        at = finish.at
        let started = finish.startedAt ?? held?.startedAt, fireTime = finish.run.occasion.fireTime
        row = Self.row(
            first: held?.first ?? fireTime ?? finish.at.instant, count: held?.count ?? 1,
            trigger: held?.trigger ?? finish.run.occasion.trigger, claimed: held?.claimedAt ?? started ?? finish.at,
            started: started, finished: finish.at, finish.resources, finish.outcome, by: held?.by, request: held?.request,
            owner: held.map { AttemptWords.owner(finish.fence, node, $0.process?.pid) } ?? "")
    }

    /// A claim that was decided without a start.
    init(_ claim: Claim, _ outcome: Outcome, fence: Int64, now: WallTime) {
        key = AttemptKey(claim.run, claim.attempt)
        self.fence = fence
        at = now
        row = Self.row(
            first: claim.first, count: claim.count, trigger: claim.trigger, claimed: now, started: nil, finished: now, nil, outcome,
            by: claim.by)
    }

    init(_ skip: Skip, fence: Int64, now: WallTime) {
        key = AttemptKey(RunID(job: skip.job, .scheduled(skip.last)), 1)
        self.fence = fence
        at = now
        row = Self.row(
            first: skip.first, count: skip.count, trigger: .scheduled, claimed: now, started: nil, finished: now, nil, skip.outcome,
            by: skip.by)
    }

    private static func row(
        first: Instant, count: Int, trigger: Trigger, claimed: WallTime, started: WallTime?, finished: WallTime, _ resources: Resources?,
        _ outcome: Outcome, by: String?, request: RunRequest? = nil, owner: String = ""
    ) -> String {
        func word(_ number: Int64?) -> String { number.map { String($0) } ?? "-" }
        return [
            word(first.seconds), String(count), AttemptWords.word(trigger, by: by, request) + owner, word(claimed.nanoseconds),
            word(started?.nanoseconds),
            word(finished.nanoseconds), word(resources?.userTime.wholeNanoseconds), word(resources?.systemTime.wholeNanoseconds),
            RowText.encoded(outcome.description), "",
        ].joined(separator: " ")
    }
}
