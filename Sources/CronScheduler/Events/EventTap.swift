internal import CronEngine
internal import CronExpressions
internal import CronJobs

/// Hears what the engine does, tells listeners of it, and tells the scheduler what may be over.
struct EventTap: SchedulerObserver {
    let bus: EventBus
    /// Whether this program has no handler for a job.
    let isForeign: @Sendable (JobID) -> Bool
    /// A fire time of such a job is missed, unless somebody else took it: the ledger knows.
    let missedElsewhere: @Sendable (JobID, FireRange) -> Void
    /// Something became of a fire time of this job.
    let decided: @Sendable (JobID) -> Void

    func observe(_ event: SchedulerEvent) {
        if case .missed(let job, let range) = event, isForeign(job) { return missedElsewhere(job, range) }
        if let news = news(event) { bus.publish(news) }
        switch event {
        case .missed(let job, _), .skipped(let job, _, _): decided(job)
        case .taken(let run), .unconfirmed(let run), .alsoElsewhere(let run), .handedOver(let run, _): decided(run.job)
        default: break
        }
    }

    func recorded(_ finishes: [Finish]) { for finish in finishes { decided(finish.run.job) } }

    private func news(_ event: SchedulerEvent) -> JobEvent? {
        switch event {
        case .started(let attempt, let start): return .runStarted(RunReport(attempt, startedAt: start.at))
        case .finished(let attempt, let finish): return ended(attempt, finish)
        case .overtaken(let attempt, let finish): return overtaken(attempt, finish)
        case .missed(let job, let range): return .missed(job, .init(range), .tooLate)
        case .skipped(let job, let range, let reason): return .skipped(job, .init(range), reason)
        case .waits(let attempt, _): return .runWaits(RunReport(attempt))
        case .retryScheduled(let run, let attempt, let time): return .retryScheduled(run, attempt: attempt, at: time)
        case .storeFailed(let error, _): return .storeFailed(error.message)
        case .storeRecovered(let length): return .storeRecovered(after: length)
        case .clockJumped(let jump, _): return .clockJumped(jump)
        default: return nil
        }
    }

    /// For this program it failed, whatever its handler returned: another node went on with it.
    private func overtaken(_ attempt: Attempt, _ finish: Finish) -> JobEvent {
        var finish = finish
        (finish.outcome, finish.reason) = (.interrupted, "another node has taken the run over: its lease was lost here")
        return ended(attempt, finish)
    }

    private func ended(_ attempt: Attempt, _ finish: Finish) -> JobEvent {
        var report = RunReport(attempt, startedAt: finish.startedAt)
        (report.endedAt, report.outcome, report.reason) = (finish.at, finish.outcome, finish.reason)
        let times = JobEvent.FireTimes(first: attempt.first, last: attempt.scheduledAt, count: attempt.missed + 1)
        switch finish.outcome {
        case .succeeded: return .runSucceeded(report)
        case .timedOut: return .runTimedOut(report)
        case .cancelled, .replaced: return .runCancelled(report)
        case .skipped(let reason): return .skipped(attempt.run.job, times, reason)
        case .missed: return .missed(attempt.run.job, times, .tooLate)
        case .failed, .interrupted, .launchFailed, .undelivered, .unconfirmed, .unknownAdopted: return .runFailed(report)
        }
    }
}

extension RunReport {
    init(_ attempt: Attempt, startedAt: WallTime? = nil) {
        self.init(
            job: attempt.run.job, run: attempt.run, attempt: attempt.number, trigger: attempt.trigger, scheduledAt: attempt.scheduledAt,
            startedAt: startedAt)
    }
}

extension JobEvent.FireTimes {
    init(_ range: FireRange) { self.init(first: range.first, last: range.last, count: range.count) }
}
