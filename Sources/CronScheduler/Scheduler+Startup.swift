internal import CronJobs

// `@reboot`: once for each start of the service. A store that fails just then does not lose it: the jobs wait, or start from memory, as their
// `store-down` says.

/// An `@reboot` job that is to be started.
struct Startup {
    var attempt: Attempt
    var claim: Claim
}

extension Scheduler {
    /// Starts every `@reboot` job of the table, once per incarnation of the service; where the store fails, as soon as it works again.
    public func fireStartup(incarnation: Int64) async {
        await turn.take()
        defer { turn.give() }
        let now = clocks.wall
        for job in table.jobs where job.timing == .startup {
            let attempt = Attempt(startup: job, incarnation: incarnation, now: now)
            let claim = Claim(run: attempt.run, trigger: .startup, first: now.instant, since: now.instant)
            startups.append(Startup(attempt: attempt, claim: claim))
        }
        await fireStartups()
    }

    func fireStartups() async {
        let now = clocks.wall
        guard !startups.isEmpty, !isHeldOff(now) else { return }
        let asked = clocks.monotonic, attempts = startups.map(\.attempt), claims = startups.map(\.claim)
        do {
            let answers = try await ledger.claim(claims, now: now)
            keepUndecided(answers, now: now)
            storeWorks(.claim, isWrite: answers.contains(where: \.isDecision))
            await start(attempts, claims, answers, asked, at: now)
        } catch {
            notBefore = WallTime(nanoseconds: now.nanoseconds &+ Self.storeRetry.wholeNanoseconds)
            if error.code == .settling { return }
            storeFailed(error, in: .claim)
            let local = startups.filter { runsFromMemory($0.attempt.job) }
            startups.removeAll { runsFromMemory($0.attempt.job) }
            await startFromMemory(local.map(\.attempt), local.map(\.claim), now: now)
        }
    }

    private func keepUndecided(_ answers: [ClaimAnswer], now: WallTime) {
        var waiting: [Startup] = []
        for (startup, answer) in zip(startups, answers) {
            guard case .later(let wait) = answer else { continue }
            waiting.append(startup)
            holdOff(wait, now: now)
        }
        startups = waiting
    }
}
