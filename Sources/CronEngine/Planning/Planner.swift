public import CronExpressions
public import CronJobs

// What to do about the fire times of one job that have come since its watermark. A pure function: the same job, watermark and clock give the
// same decision, whether a second or a year has passed.
//
//      watermark        now - grace                    now
//   ───────┼─────────────────┼──────────────────────────┼────▶
//          (   too late:     │      within grace:       │
//              missed        │   catch-up policy        │ next
//
// The next fire time follows from the last *fire time*, never from `now`: a timer that wakes early or late shifts nothing.
//
// With jitter a fire time comes when it is *due*, and lateness counts from there. Due times are in the order of the fire times, each before the
// next fire time; so only the last fire time that has passed may not be due yet, and only the one before the bound of grace may still be in it.
//
// A delay moves all due times by the same, however many fire times that is: what is decided at `now` is what would be without it that much earlier.

/// A fire time to be run, or a range to be recorded; `count` fire times from `first` to `last`.
public struct FireRange: Hashable, Sendable {
    public var first: Instant
    public var last: Instant
    public var count: Int

    public init(first: Instant, last: Instant, count: Int) {
        self.first = first
        self.last = last
        self.count = count
    }

    init(_ fireTime: Instant) { self.init(first: fireTime, last: fireTime, count: 1) }
}

public struct Decision: Hashable, Sendable {
    /// Fire times that are too late to run.
    public var missed: FireRange?
    /// Runs to start, oldest first. A run's own fire time is the last of its range.
    public var starts: [FireRange] = []
    /// Up to here all is decided once this decision is carried out.
    public var watermark: Instant
    /// The first fire time that is not due yet; it may have passed.
    public var next: Instant?
}

public enum Planner {
    /// A start that is at most this late is punctual: no catch-up, whatever the policy.
    public static let punctuality = Duration.seconds(2)

    /// Decides about all fire times of `job` after `watermark` that are due at `now`.
    ///
    /// - Complexity: a constant number of steps through the schedule, and days of the range where it must be counted.
    public static func decide(_ job: Job, after watermark: Instant, now: WallTime) -> Decision {
        let now = now - job.policies.values.delay
        return switch job.timing {
        case .cron(let schedule): decide(job, schedule, after: watermark, now: now)
        case .other(let schedule): decide(job, schedule, after: watermark, now: now)
        case .startup: Decision(watermark: watermark)
        }
    }

    private static func decide(_ job: Job, _ schedule: some Schedule, after watermark: Instant, now: WallTime) -> Decision {
        var decision = Decision(watermark: watermark)
        guard let first = schedule.next(after: watermark) else { return decision }
        guard first <= now.instant, job.displacedTime(of: first) <= now.instant else {
            decision.next = first
            return decision
        }
        decision.next = schedule.next(after: first)
        let earliest = earliestStart(job.policies.values, now: now)
        if let next = decision.next, next <= now.instant, job.displacedTime(of: next) <= now.instant {
            decideMany(job, schedule, first: first, earliest: earliest, now: now, into: &decision)
        } else {
            decision.watermark = first
            if job.displacedTime(of: first) >= earliest { decision.starts = [FireRange(first)] } else { decision.missed = FireRange(first) }
        }
        return decision
    }

    /// Fire times that were due before this are missed.
    private static func earliestStart(_ policies: JobPolicies.Values, now: WallTime) -> Instant {
        var patience = policies.grace
        if policies.catchUp == .none { patience = patience.map { min($0, punctuality) } ?? punctuality }
        guard let patience else { return Instant(.min) }
        let (oldest, overflow) = now.nanoseconds.subtractingReportingOverflow(patience.wholeNanoseconds)
        if overflow { return Instant(.min) }
        let floor = WallTime(nanoseconds: oldest).instant
        return WallTime(floor).nanoseconds == oldest ? floor : floor + 1
    }

    private static func decideMany(
        _ job: Job, _ schedule: some Schedule, first: Instant, earliest: Instant, now: WallTime, into decision: inout Decision
    ) {
        var last = schedule.last(through: now.instant) ?? first
        if job.displacedTime(of: last) > now.instant { last = schedule.previous(before: last) ?? first }
        decision.watermark = last
        decision.next = schedule.next(after: last)
        let end = last + 1
        let firstStart = firstStart(job, schedule, from: first, earliest: earliest)
        if let start = firstStart, start <= last {
            decision.starts = starts(job.policies.values.catchUp, schedule, from: start, through: last)
        }
        let boundary = decision.starts.first?.first ?? end
        if first < boundary, let lastMissed = schedule.previous(before: boundary) {
            decision.missed = FireRange(first: first, last: lastMissed, count: schedule.count(in: first..<boundary))
        }
    }

    /// The first fire time from `first` on that was not due before `earliest`.
    private static func firstStart(_ job: Job, _ schedule: some Schedule, from first: Instant, earliest: Instant) -> Instant? {
        if first >= earliest { return first }
        if job.policies.values.jitter != .none, let before = schedule.previous(before: earliest), before >= first,
            job.displacedTime(of: before) >= earliest
        {
            return before
        }
        return schedule.first(from: earliest)
    }

    private static func starts(
        _ policy: CatchUpPolicy, _ schedule: some Schedule, from first: Instant, through last: Instant
    ) -> [FireRange] {
        guard case .all(let limit) = policy else {
            return [FireRange(first: first, last: last, count: schedule.count(in: first..<(last + 1)))]
        }
        var latest: [FireRange] = []
        var fireTime: Instant? = last
        while let time = fireTime, time >= first, latest.count < limit {
            latest.append(FireRange(time))
            fireTime = schedule.previous(before: time)
        }
        return latest.reversed()
    }
}
