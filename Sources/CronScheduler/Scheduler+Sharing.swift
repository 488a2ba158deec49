internal import CronExpressions
public import CronJobs

// What concerns a ledger that other nodes use, too: whose turn it is, whose leases still hold, and who may start late.

extension Scheduler {
    /// Renews the leases of what runs here and hears who else is there. To be called every `renewalInterval` of a shared ledger, also when
    /// nothing runs: the other nodes know of this one by it.
    public func keepLeases() async {
        guard let shared = ledger.shared else { return }
        let open = running.values.filter { !owed.contains($0.run) }.map {
            OpenRun(run: $0.run, attempt: $0.number, fence: $0.fence, startedAt: nil, process: nil)
        }
        do {
            let lost = try await shared.renew(open, now: clocks.wall)
            let new = lost.map(\.run).filter { saidLost.insert($0).inserted }
            if !new.isEmpty { observer.observe(.leasesLost(new)) }
            storeWorks(.renewal)
        } catch {
            storeFailed(error, in: .renewal)
        }
        let known = Set(nodes)
        let view = await shared.view()
        (nodes, paused) = (view.nodes, view.paused)
        say(view)
        // What is planned goes by a clock that was set: looked at now, not at the next deadline.
        if clockWatch.jump(wall: clocks.wall, monotonic: clocks.monotonic) != nil { waker.poke() }
        if accepting, !known.isSubset(of: nodes) { await findRetries() }
    }

    private func say(_ view: SharedView) {
        if let difference = clockDifference.note(view.clockOffset) { observer.observe(.clocksDiffer(difference)) }
        let isNew = view.settling > .zero && !saidQuarantine
        saidQuarantine = view.settling > .zero
        if isNew { observer.observe(.storeInQuarantine(view.settling)) }
    }

    /// Whether an attempt that the ledger handed over under a new fence runs here already: then it goes on under that fence.
    public func keeps(_ open: OpenRun) -> Bool {
        guard let attempt = running[open.run], attempt.number == open.attempt else { return false }
        running[open.run]?.fence = max(attempt.fence, open.fence)
        return true
    }

    /// When this node asks for what is due; `nil` is at once.
    func turn(of job: Job, due: Instant, now: WallTime) -> WallTime? {
        let rank = rank(of: job)
        guard rank > 0 else { return nil }
        let turn = Stagger.turn(due: WallTime(due), rank: rank)
        guard job.settings.values.storeDown == .rank0 else { return turn }
        // The first node starts it from memory while the store fails, and tells it so when it works again.
        if outage != nil { return WallTime(nanoseconds: now.nanoseconds &+ Self.storeRetry.wholeNanoseconds) }
        return quietUntil.map { max(turn, $0) } ?? turn
    }

    /// This node's place among those that may run a job; 0 for its own jobs, and where the ledger is nobody else's.
    func rank(of job: Job) -> Int {
        guard let shared = ledger.shared, nodes.count > 1, job.settings.values.host == .any else { return 0 }
        return shared.rank(of: job.id, among: nodes)
    }

    /// The gate of attempts that were asked for at a moment; `nil` where the ledger is nobody else's.
    func gate(askedAt asked: MonotonicTime) -> StartGate? {
        guard let shared = ledger.shared else { return nil }
        return StartGate(openUntil: asked + StartGate.trust) { start in
            guard let answer = try? await shared.mayStart([start]).first else { return nil }
            return answer == .go || answer == .duplicate(node: shared.node)
        }
    }
}

extension ClaimAnswer {
    /// The store decided just now, and wrote that down.
    var isDecision: Bool {
        switch self {
        case .won, .skipped, .late, .unconfirmed: true
        case .taken, .later: false
        }
    }
}

extension Claim {
    /// Others decided the beginning of its range, up to `mark`.
    func isDecidedInPart(by mark: Instant) -> Bool {
        guard attempt == 1, let fireTime = run.occasion.fireTime else { return false }
        return first <= mark && mark < fireTime
    }
}
