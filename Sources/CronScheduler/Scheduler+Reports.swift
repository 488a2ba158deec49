internal import CronExpressions
public import CronJobs

// How runs end. What they report goes to the ledger in groups; what failed may be tried again.

extension Scheduler: RunReporter {
    public func report(_ events: [RunEvent]) async {
        var forLedger: [RunEvent] = []
        for event in events {
            switch event {
            case .started(let start):
                guard let attempt = running[start.run] else { continue }
                observer.observe(.started(attempt, start))
                if !owed.note(event) { forLedger.append(event) }
            case .finished(let finish):
                guard let attempt = leave(finish.run) else { continue }
                let event = RunEvent.finished(ended(attempt, finish))
                if !owed.note(event) { forLedger.append(event) }
            }
        }
        guard !forLedger.isEmpty else { return }
        journal.note(forLedger)
        // Not awaited: whoever reports must not wait for the store.
        Task { await writeJournal() }
    }

    /// The outcome of an attempt that has left, as it is to be recorded.
    private func ended(_ attempt: Attempt, _ finish: Finish) -> Finish {
        var finish = finish
        // A shared ledger may have renewed the attempt under another fence while it ran.
        finish.fence = max(finish.fence, attempt.fence)
        // A run that was to be tried again was ended by the service's own end: another node, or the next start, goes on with it.
        if !accepting, finish.outcome == .cancelled, attempt.number < attempt.job.settings.values.retry.attempts {
            finish.outcome = .interrupted
        }
        observer.observe(.finished(attempt, finish))
        retry(after: finish, of: attempt)
        return finish
    }

    /// Ends an attempt whose owner is gone, adopted or not, and tries the run again where that was asked for and is not too late.
    public func interrupt(_ open: OpenRun, job: Job?) async {
        let now = clocks.wall
        let finish = Finish(
            run: open.run, attempt: open.attempt, fence: open.fence, outcome: .interrupted, startedAt: open.startedAt, at: now)
        let attempt = leave(open.run) ?? Attempt(adopting: open, job: job, now: now)
        observer.observe(.finished(attempt, finish))
        if isRecent(open, job, now: now) { retry(after: finish, of: attempt) }
        journal.note([.finished(finish)])
        Task { await writeJournal() }
    }
}

extension Attempt {
    /// An attempt that another owner began.
    public init(adopting open: OpenRun, job: Job?, now: WallTime) {
        let scheduledAt = open.run.occasion.fireTime ?? now.instant
        self.init(
            run: open.run, number: open.attempt, fence: open.fence, trigger: open.claim?.trigger ?? .scheduled,
            job: job ?? Job(id: open.run.job, timing: .startup, command: Command(text: "")), scheduledAt: scheduledAt,
            missed: max(0, (open.claim?.count ?? 1) - 1), first: open.claim?.first)
    }
}
