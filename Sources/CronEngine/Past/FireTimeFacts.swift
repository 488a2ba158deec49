public import CronExpressions
public import CronJobs

// Why a job ran at some time, or did not. Whoever asks gathers the facts, from the ledger, the table's revisions and the pauses; this decides what
// they say. The order matters: a record is the truth, whatever the table says now; then what the table said then; then what could have
// stopped it; and what is left is said as it is.
//
//     record ─▶ recorded          time to come ─▶ ahead | not scheduled
//     table at that time: no such job ─▶ not yet | not in the table     times that the clocks left out or showed twice
//     not a fire time ─▶ not scheduled      another host's      beyond the watermark ─▶ undecided      too old ─▶ pruned ─▶ unrecorded

/// What is known about one time of one job.
public struct FireTimeFacts: Sendable {
    /// What the table that was in force at the time said.
    public enum Then: Sendable {
        case had(Job)
        /// It had no such job; a later revision brought it, where that is known.
        case lacked(broughtBy: FireTimeAccount.RevisionMark?)
        /// No revision tells.
        case unknown
    }

    public var job: JobID
    public var time: Instant
    public var now: Instant
    public var record: RunRecord?
    public var before: RunRecord?
    /// In the table in use; `nil` where it is not, or where no service has one.
    public var current: Job?
    public var then = Then.unknown
    public var revision: FireTimeAccount.RevisionMark?
    public var pause: PauseHistory.Period?
    /// A time in which the store could not be used, where the time lies in one.
    public var outage: FireTimeAccount.OutagePeriod?
    public var watermark: Instant?
    /// The host whose job it is, if it is not this one's.
    public var host: String?
    /// Older records are gone.
    public var keptFrom: WallTime
    /// Why nothing is decided now.
    public var trouble: String?

    public init(job: JobID, time: Instant, now: Instant, keptFrom: WallTime) {
        self.job = job
        self.time = time
        self.now = now
        self.keptFrom = keptFrom
    }
}

extension FireTimeFacts {
    public var account: FireTimeAccount {
        var account = FireTimeAccount(job: job, time: time, verdict: verdict)
        let ruling = ruling
        account.run = record.map { RunSnapshot($0) }
        account.before = before.map { RunSnapshot($0) }
        account.pause = pause.map { FireTimeAccount.PausePeriod($0) }
        account.outage = isPunctual ? nil : outage
        account.next = current?.nextFireTime(after: now)
        account.zone = ruling?.zone?.identifier
        account.earlier = ruling?.timing.schedule?.previous(before: time)
        account.later = ruling?.nextFireTime(after: time)
        account.revision = revision
        switch account.verdict {
        case .notYet: if case .lacked(let mark) = then { account.revision = mark }
        case .elsewhere: account.host = host
        case .undecided: account.reason = reason
        case .pruned: account.keptFrom = keptFrom
        case .clockBack: account.shownFirst = shownFirst
        default: break
        }
        return account
    }

    /// It ran at its time, whatever else was then.
    private var isPunctual: Bool { record?.startedAt.map { $0 - WallTime(time) < .seconds(2) } ?? false }

    /// The job whose schedule counts for the time.
    private var ruling: Job? {
        if time <= now, case .had(let job) = then { return job }
        return current
    }

    private var verdict: FireTimeAccount.Verdict {
        if record != nil { return .recorded }
        if let ruling, ruling.timing == .startup { return .startup }
        if time > now { return ruling.map { isFireTime(of: $0) ? .ahead : byClock($0) ?? .notScheduled } ?? .notInTable }
        if case .lacked(let mark) = then { return mark == nil ? .notInTable : .notYet }
        if let ruling, !isFireTime(of: ruling) { return byClock(ruling) ?? .notScheduled }
        if host != nil { return .elsewhere }
        if isOpen { return ruling == nil ? .notInTable : .undecided }
        // Rows are dropped by age, and the oldest beyond so many of a job: then nothing older is left.
        return WallTime(time) < keptFrom || before == nil ? .pruned : .unrecorded
    }

    private var isOpen: Bool { watermark.map { $0 < time } ?? true }

    private func isFireTime(of job: Job) -> Bool { job.timing.schedule?.matches(time) ?? false }

    private var reason: String {
        if let trouble { return trouble }
        guard let due = ruling?.dueTime(of: time), due > now else { return "no service has decided it yet" }
        return "its jitter puts its start off by \(due - time) s"
    }

    // MARK: Clock changes

    private func byClock(_ job: Job) -> FireTimeAccount.Verdict? {
        guard case .cron(let schedule) = job.timing else { return nil }
        if schedule.isSkipped(at: time) { return .clockForward }
        return schedule.firstShowing(of: time) == nil ? nil : .clockBack
    }

    private var shownFirst: Instant? {
        guard case .cron(let schedule)? = ruling?.timing else { return nil }
        return schedule.firstShowing(of: time)
    }
}
