internal import CronExpressions
internal import CronJobs

/// What became of a fire time, in words.
struct WhyReport {
    let account: FireTimeAccount
    let clock: ClockText

    init(_ account: FireTimeAccount, _ clock: ClockText) {
        self.account = account
        self.clock = clock
    }

    var lines: [String] {
        var lines = [headline] + reasons.map { "  \($0)" }
        if let before = account.before { lines.append("  Before:  \(brief(before))") }
        if let next = account.next { lines.append("  Next:    \(clock.dated(next)) \(clock.abbreviation(next)) (\(clock.relative(next)))") }
        return lines + hints
    }

    private var job: JobID { account.job }
    private var time: String { clock.full(account.time) }

    private var headline: String {
        switch account.verdict {
        case .recorded: return recorded
        case .ahead: return "\(job) has not run at \(time) yet: that is \(clock.relative(account.time))."
        case .startup: return "\(job) has no fire times: it runs once at each start of the service (@reboot)."
        default: return account.time > clock.now ? "\(job) will not run at \(time)." : "\(job) did not run at \(time)."
        }
    }

    private var recorded: String {
        guard let run = account.run else { return "\(job): there is a record of \(time)." }
        guard let outcome = run.outcome else {
            return run.startedAt == nil ? "\(job) is about to start for \(time)." : "\(job) is running, for \(time)."
        }
        switch outcome {
        case .succeeded: return "\(job) ran at \(time) and succeeded."
        case .cancelled where run.isEndedWithService:
            return run.startedAt == nil
                ? "\(job) did not run at \(time): it still waited when the service ended, or when its line was taken away."
                : "\(job) ran at \(time), and was ended when the service ended."
        case .failed, .timedOut, .cancelled, .interrupted, .unknownAdopted: return "\(job) ran at \(time): \(outcome)."
        case .launchFailed: return "\(job) could not be started at \(time): \(outcome)."
        default: return "\(job) did not run at \(time)."
        }
    }

    // MARK: Reasons

    private var reasons: [String] {
        var reasons = why
        if let pause = account.pause { reasons.append(self.pause(pause)) }
        if let outage = account.outage { reasons.append(self.outage(outage)) }
        if let run = account.run { reasons += record(run) }
        return reasons
    }

    private func outage(_ period: FireTimeAccount.OutagePeriod) -> String {
        let until = period.until.map { " until \(clock.full($0.instant))" } ?? ", and still cannot"
        return "The store could not be used from \(clock.full(period.from.instant))\(until): \(Self.sentence(period.reason))"
    }

    private var why: [String] {
        switch account.verdict {
        case .recorded, .startup, .ahead: return []
        case .notScheduled: return ["Its schedule does not name that time.\(nearest)"]
        case .clockForward: return ["The clocks of \(zone) were put forward over it then: that time of day did not exist.\(nearest)"]
        case .clockBack:
            let first = account.shownFirst.map { " It ran at \(clock.full($0))." } ?? ""
            return ["The clocks of \(zone) were put back, and showed that time of day twice: it starts at the first.\(first)"]
        case .notYet:
            let mark = account.revision.map { "revision \($0.number), \(clock.full($0.createdAt.instant))" } ?? "later"
            return ["It was not in the table until \(mark)."]
        case .notInTable:
            return ["It was not in the table" + (account.revision.map { " then (revision \($0.number))." } ?? ".")]
        case .elsewhere: return ["It is the job of \(account.host ?? "another host"): ask there, or the store that all hosts share."]
        case .undecided: return ["It was due, and is not decided: \(Self.sentence(account.reason ?? "nobody knows why"))"]
        case .pruned:
            let limit = account.keptFrom.map { " Records are kept from \(clock.full($0.instant)) on, and so many of each job." } ?? ""
            return ["The record is older than the retention: it was dropped.\(limit)"]
        case .unrecorded: return ["The store has no record of it, although later ones are decided: it may have lost some."]
        }
    }

    /// What others wrote, with one full stop.
    private static func sentence(_ text: String) -> String {
        var text = text[...]
        while text.last == "." { text.removeLast() }
        return "\(text)."
    }

    private var zone: String { account.zone ?? "its zone" }

    private var nearest: String {
        let earlier = account.earlier.map { "the one before is \(clock.full($0))" }
        let later = account.later.map { "the one after \(clock.full($0))" }
        let times = [earlier, later].compactMap { $0 }
        return times.isEmpty ? " It names none at all." : " Of its times \(times.joined(separator: ", "))."
    }

    private func pause(_ period: FireTimeAccount.PausePeriod) -> String {
        let from = period.pause.from.map { " from \(clock.full($0.instant))" } ?? ""
        let who = period.pause.by.isEmpty ? "" : " by \(name(period.pause.by))"
        guard let end = period.end else { return "It was paused\(from)\(who), and still is." }
        let ended = period.endedBy.flatMap { $0.isEmpty || $0 == period.pause.by ? nil : ", ended by \(name($0))" } ?? ""
        return "It was paused\(from)\(who) until \(clock.full(end.instant))\(ended)."
    }

    /// `uid 0, pid 7, host web-1` with the name that everybody knows.
    private func name(_ text: String) -> String { text.hasPrefix("uid 0,") || text == "uid 0" ? "root (\(text))" : text }

    private func record(_ run: RunSnapshot) -> [String] {
        var lines: [String] = []
        if case .missed(let count)? = run.outcome {
            lines.append(
                "The service did not run then, or could not start anything: \(Count.of(count, "fire time was", "fire times were")) missed.")
        }
        if run.count > 1 {
            let last = run.run.occasion.fireTime.map { clock.full($0) } ?? ""
            lines.append("One record answers for \(run.count) fire times, from \(clock.full(run.first)) to \(last).")
        }
        if let start = run.startedAt {
            let late =
                run.attempt == 1
                ? run.run.occasion.fireTime.map { ", \(SpanText.seconds(max(.zero, start - WallTime($0)))) late" } ?? "" : ""
            let length =
                run.finishedAt.map { ", took \(SpanText.of($0 - start))" } ?? ", for \(SpanText.of(WallTime(clock.now) - start)) so far"
            let place = run.host.map { " on \($0)" } ?? ""
            lines.append(
                "Started \(clock.full(start.instant))\(place)\(late)\(length)\(run.attempt > 1 ? ", attempt \(run.attempt)" : "").")
        }
        if let by = run.by { lines.append("Asked for by \(name("\(by)")).") }
        if let by = run.cancelledBy {
            let time = run.cancelAskedAt.map { ", \(clock.full($0.instant))" } ?? ""
            lines.append("Its end was asked for by \(name("\(by)"))\(time).")
        }
        let outcome = run.outcome.map { "\($0)" } ?? "no outcome yet"
        lines.append("Recorded: \(outcome), run \(run.run), claimed \(run.claimedAt.instant.rfc3339UTC()).")
        return lines
    }

    private func brief(_ run: RunSnapshot) -> String {
        let time = run.run.occasion.fireTime ?? run.claimedAt.instant
        let outcome = run.outcome.map { "\($0)" } ?? "running"
        guard let start = run.startedAt else { return "\(clock.dated(time))  \(outcome)" }
        let length = run.finishedAt.map { " in \(SpanText.of($0 - start))" } ?? ""
        return "\(clock.dated(time))  \(outcome)\(length), \(SpanText.seconds(max(.zero, start - WallTime(time)))) late"
    }

    // MARK: What to do

    private var hints: [String] {
        var hints: [String] = []
        if let run = account.run, run.startedAt != nil { hints.append("To see what it wrote: crond logs \(run.run)") }
        if let pause = account.pause, pause.end == nil { hints.append("To let it go on: crond resume \(job)") }
        let didNotRun =
            account.run.map { $0.outcome != nil && $0.outcome != .succeeded }
            ?? [.undecided, .pruned, .unrecorded].contains(account.verdict)
        if didNotRun, account.next != nil { hints.append("To run it now: crond trigger \(job)") }
        return hints
    }
}

extension RunSnapshot {
    /// Nobody asked for its end.
    var isEndedWithService: Bool { outcome == .cancelled && cancelledBy == nil }
}
