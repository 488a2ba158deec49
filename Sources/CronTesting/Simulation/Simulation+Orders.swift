internal import CronExpressions
internal import CronJobs
internal import CronEngine

// Somebody asks a node for a run, or for the end of one, and takes its word.

extension Simulation {
    mutating func order(_ job: Int, isForced: Bool, _ node: Int) {
        guard nodes[node].stage == .up, let job = tables[node].first(where: { places[$0.id] == job }) else { return }
        let token = UInt32(truncatingIfNeeded: newNumber())
        if isForced { forced.insert(token) }
        say(node, "is asked for a run of \(job.id)")
        tellLocked(node, .runWanted(RunOrder(job.id, isForced: isForced, by: "somebody", token: token)))
    }

    mutating func withdraw(_ job: Int, _ node: Int) {
        guard nodes[node].stage == .up, let run = lastRun(of: job) else { return }
        let order = CancelOrder(run, by: "somebody", number: newNumber())
        say(node, "is asked to end \(run)")
        if mutation == .forgetsCancels { return hear(.neverStarts, to: order, node) }
        if nodes[node].machine.has(run) { tell(node, .cancelWanted(order)) } else { tellLocked(node, .cancelWanted(order)) }
    }

    /// One of the last runs of a job, on any host: one that is open, where there is one.
    private mutating func lastRun(of job: Int) -> RunID? {
        let ids = Set(tables.joined().map(\.id).filter { places[$0] == job }).sorted()
        let rows = ids.flatMap { ledger.jobs[$0]?.rows.suffix(6) ?? [] }, open = rows.filter(\.isOpen)
        if !open.isEmpty, !dice.once(in: 4) { return dice.pick(open).record.run }
        return rows.isEmpty ? nil : dice.pick(rows).record.run
    }

    // MARK: Answers

    mutating func hear(_ answer: RunAnswer, to order: RunOrder, _ node: Int) {
        say(node, "answers \(answer)")
        switch answer {
        case .starts(let run), .waits(let run, _): invariants.promised(run)
        case .refused:
            invariants.refused(order.token)
            if mutation == .startsRefused { startRefused(order, node) }
        }
    }

    /// A mutation.
    private mutating func startRefused(_ order: RunOrder, _ node: Int) {
        guard let job = tables[node].first(where: { $0.id == order.job }) else { return }
        let now = nodes[node].wall(time).instant, run = RunID(job: job.id, .manual(now, order.token))
        _ = handOver([Attempt(run: run, fence: 1, trigger: .manual, job: job, scheduledAt: now)], asked: nodes[node].monotonic(time), node)
    }

    mutating func hear(_ answer: CancelAnswer, to order: CancelOrder, _ node: Int) {
        say(node, "answers \(answer) of \(order.run)")
        // What somebody has begun elsewhere by now is his.
        var begun: Set<Int> = []
        for other in nodes {
            for run in other.runs.values where run.attempt.run == order.run { begun.insert(run.attempt.number) }
        }
        for row in ledger.jobs[order.run.job]?.rows ?? []
        where row.record.run == order.run && row.isOpen && row.node != nodes[node].memory.name {
            begun.insert(row.record.attempt)
        }
        switch answer {
        case .neverStarts: invariants.cancelled(order.run, but: begun, isEnding: false)
        case .isEnding, .passedOn: invariants.cancelled(order.run, but: begun, isEnding: true)
        case .refused: break
        }
    }
}
