internal import CronExpressions
internal import CronJobs

// Further attempts of runs that failed (`attempts`, `backoff`). Each is claimed before it starts, as the first was, under the same run id.

extension Scheduler {
    /// A service notes once a minute that it lives.
    private static let seenInterval = Duration.seconds(60)
    /// How far back the history of a job is searched for attempts that have none after them.
    private static let searchedRuns = 64

    /// Puts the next attempt in the queue, if there is to be one.
    func retry(after finish: Finish, of attempt: Attempt) {
        guard accepting, let retry = Retry(after: finish, of: attempt), retries.insert(retry) else { return }
        observer.observe(.retryScheduled(retry.run, attempt: retry.number, at: retry.due))
        waker.poke()
    }

    /// Whether the owner of an open attempt went away within grace.
    func isRecent(_ open: OpenRun, _ job: Job?, now: WallTime) -> Bool {
        guard let grace = job?.settings.values.grace else { return job != nil }
        guard let seen = open.ownerSeenAt else { return false }
        return now - seen <= grace + Self.seenInterval
    }

    /// Finds in the history what is to be tried again and nobody does: after a start, and when another node has gone.
    public func findRetries() async {
        let now = clocks.wall
        let jobs = table.jobs.filter { $0.settings.values.retry.attempts > 1 }
        guard !jobs.isEmpty else { return }
        do {
            let histories = try await ledger.histories(of: jobs.map(\.id), limit: Self.searchedRuns)
            for job in jobs { findRetries(of: job, in: histories[job.id] ?? [], now: now) }
        } catch {
            return storeFailed(error, in: .look)
        }
        waker.poke()
    }

    private func findRetries(of job: Job, in history: [RunRecord], now: WallTime) {
        var last: [RunID: RunRecord] = [:]
        for record in history where record.attempt > last[record.run]?.attempt ?? 0 { last[record.run] = record }
        for record in last.values where running[record.run] == nil {
            guard var retry = Retry(after: record, job: job), !retry.isTooLate(now) else { continue }
            retry.due = max(retry.due, Stagger.turn(due: now, rank: rank(of: job)))
            if retries.insert(retry) { observer.observe(.retryScheduled(retry.run, attempt: retry.number, at: retry.due)) }
        }
    }

    func fireRetries() async {
        let now = clocks.wall
        if isHeldOff(now) { return }
        let due = retries.take(upTo: now)
        guard !due.isEmpty else { return }
        // A run that is over makes room for its next attempt only once the ledger knows that it is over.
        await journal.settle()
        var taken: [Retry] = [], attempts: [Attempt] = [], claims: [Claim] = []
        for retry in due {
            guard let attempt = attempt(for: retry, now: now) else { continue }
            taken.append(retry)
            attempts.append(attempt)
            claims.append(claim(for: retry, attempt))
        }
        guard !claims.isEmpty else { return }
        do {
            let asked = clocks.monotonic
            let answers = try await ledger.claim(claims, now: now)
            putBack(taken, answers, now: now)
            storeWorks(.claim, isWrite: answers.contains(where: \.isDecision))
            await startWithRoom(attempts, claims, answers, asked)
        } catch {
            for retry in taken { retries.insert(retry) }
            notBefore = WallTime(nanoseconds: now.nanoseconds &+ Self.storeRetry.wholeNanoseconds)
            if error.code != .settling { storeFailed(error, in: .claim) }
        }
    }

    /// The attempt as the table has the job now; `nil` where it is not to be any more.
    private func attempt(for retry: Retry, now: WallTime) -> Attempt? {
        guard let job = table.jobs.first(where: { $0.id == retry.run.job }), retry.number <= job.settings.values.retry.attempts,
            running[retry.run] == nil
        else { return nil }
        guard !retry.isTooLate(now) else {
            observer.observe(.retryTooLate(retry.run, attempt: retry.number))
            return nil
        }
        return Attempt(
            run: retry.run, number: retry.number, fence: 0, trigger: retry.trigger, job: job, scheduledAt: retry.scheduledAt,
            missed: retry.count - 1, startDeadline: retry.deadline, first: retry.first)
    }

    private func claim(for retry: Retry, _ attempt: Attempt) -> Claim {
        Claim(
            run: retry.run, trigger: retry.trigger, attempt: retry.number, first: retry.first, count: retry.count,
            since: retry.scheduledAt, concurrencyLimit: attempt.job.settings.values.concurrencyLimit)
    }

    private func putBack(_ taken: [Retry], _ answers: [ClaimAnswer], now: WallTime) {
        for (retry, answer) in zip(taken, answers) {
            guard case .later(let wait) = answer else { continue }
            retries.insert(retry)
            holdOff(wait, now: now)
        }
    }

    /// Starts what was won, but for attempts for which the job's other runs leave no room: the time between was theirs.
    private func startWithRoom(_ attempts: [Attempt], _ claims: [Claim], _ answers: [ClaimAnswer], _ asked: MonotonicTime) async {
        var open: [(Attempt, Claim, ClaimAnswer)] = [], planned: [JobID: Int] = [:], crowded: [RunEvent] = []
        for (attempt, (claim, answer)) in zip(attempts, zip(claims, answers)) {
            let job = attempt.run.job, going = runningByJob[job, default: 0] + planned[job, default: 0]
            if case .won(let fence) = answer, going >= attempt.job.settings.values.concurrencyLimit {
                observer.observe(.skipped(job, FireRange(attempt.scheduledAt), .overlap))
                crowded.append(
                    .finished(
                        Finish(run: attempt.run, attempt: attempt.number, fence: fence, outcome: .skipped(.overlap), at: clocks.wall)))
            } else {
                planned[job, default: 0] += 1
                open.append((attempt, claim, answer))
            }
        }
        await start(open.map(\.0), open.map(\.1), open.map(\.2), asked, at: clocks.wall)
        guard !crowded.isEmpty else { return }
        journal.note(crowded)
        Task { await writeJournal() }
    }
}
