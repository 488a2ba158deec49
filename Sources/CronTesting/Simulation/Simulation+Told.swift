internal import CronJobs
internal import CronEngine

// What a machine tells is what its users see: what waits, and why, is known from that alone.

extension Simulation {
    mutating func hear(_ event: SchedulerEvent, _ node: Int) {
        switch event {
        case .startedFromMemory(let runs):
            for run in runs {
                let name = ModelNode.Name(run: run, attempt: 1)
                nodes[node].skews[name] = nodes[node].knownSkew
                nodes[node].fromMemory.insert(name)
                nodes[node].decidedFromMemory[name] = isKnownPaused(run.job, node)
            }
        case .waits(let attempt, let reason):
            say(node, "lets \(attempt.run)#\(attempt.number) wait for \(reason)")
            nodes[node].waiting[.init(run: attempt.run, attempt: attempt.number)] = reason
            if reason == .overlap { checkQueue(of: attempt, node) }
        case .finished(let attempt, _), .overtaken(let attempt, _):
            nodes[node].waiting[.init(run: attempt.run, attempt: attempt.number)] = nil
            noteOnce(attempt.run.job, node)
        case .missed(let job, _), .skipped(let job, _, _): noteOnce(job, node)
        case .taken(let run): noteOnce(run.job, node)
        case .leasesLost(let runs): for run in runs { stopsWaiting(run, node) }
        case .alsoElsewhere(let run), .handedOver(let run, _): stopsWaiting(run, node)
        default: break
        }
    }

    private func isKnownPaused(_ job: JobID, _ node: Int) -> Bool {
        !nodes[node].paused.isEmpty && nodes[node].paused.contains(job.withoutHost)
    }

    private mutating func stopsWaiting(_ run: RunID, _ node: Int) {
        if nodes[node].waiting.isEmpty { return }
        for name in nodes[node].waiting.keys where name.run == run { nodes[node].waiting[name] = nil }
    }

    private mutating func checkQueue(of attempt: Attempt, _ node: Int) {
        guard case .queue(let limit)? = original(attempt.run.job)?.policies.values.overlap else { return }
        let waiting = nodes[node].waiting.keys.count { $0.run.job == attempt.run.job }
        let going = nodes[node].runs.values.count { $0.attempt.run.job == attempt.run.job && !$0.isForced && !$0.isAdopted }
        invariants.queued(attempt, open: waiting + going, limit: limit)
    }
}
