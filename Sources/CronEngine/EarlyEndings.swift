internal import CronJobs

/// What is to end and is not with the runner yet, because it was claimed ahead of its time: the runner is told once it has it.
struct EarlyEndings {
    private var endings: [RunID: RunEnding] = [:]

    /// Keeps what the runner does not know.
    mutating func keep(_ runs: [RunID], as ending: RunEnding) {
        for run in runs { endings[run] = ending }
    }

    /// Those of attempts that the runner has now.
    mutating func take(of attempts: [Attempt]) -> [(run: RunID, ending: RunEnding)] {
        if endings.isEmpty { return [] }
        return attempts.compactMap { attempt in endings.removeValue(forKey: attempt.run).map { (attempt.run, $0) } }
    }

    /// What has an outcome needs no end.
    mutating func forget(_ events: [RunEvent]) {
        if endings.isEmpty { return }
        for case .finished(let finish) in events { endings[finish.run] = nil }
    }
}
