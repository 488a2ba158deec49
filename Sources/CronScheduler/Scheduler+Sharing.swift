internal import CronExpressions
public import CronJobs

// What concerns a ledger that other nodes use, too: whose turn it is, whose leases still hold, and who may start late.

extension Scheduler {
    /// Renews the leases of what runs here and hears who else is there. To be called every `renewalInterval` of a shared ledger, also when
    /// nothing runs: the other nodes know of this one by it.
    public func keepLeases() async {
        guard let shared = ledger.shared else { return }
        let open = running.values.map { OpenRun(run: $0.run, attempt: $0.number, fence: $0.fence, startedAt: nil, process: nil) }
        do {
            let lost = try await shared.renew(open, now: clocks.wall)
            if !lost.isEmpty { observer.observe(.leasesLost(lost.map(\.run))) }
            storeWorks()
        } catch {
            storeFailed(error)
        }
        nodes = await shared.view().nodes
    }

    /// Whether an attempt that the ledger handed over under a new fence runs here already: then it goes on under that fence.
    public func keeps(_ open: OpenRun) -> Bool {
        guard let attempt = running[open.run], attempt.number == open.attempt else { return false }
        running[open.run]?.fence = max(attempt.fence, open.fence)
        return true
    }

    /// When this node asks for what is due; `nil` is at once.
    func turn(of job: Job, due: Instant) -> WallTime? {
        guard let shared = ledger.shared, nodes.count > 1 else { return nil }
        let rank = shared.rank(of: job.id, among: nodes)
        return rank == 0 ? nil : Stagger.turn(due: due, rank: rank)
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

extension Claim {
    /// Others decided the beginning of its range, up to `mark`.
    func isDecidedInPart(by mark: Instant) -> Bool {
        guard attempt == 1, let fireTime = run.occasion.fireTime else { return false }
        return first <= mark && mark < fireTime
    }
}
