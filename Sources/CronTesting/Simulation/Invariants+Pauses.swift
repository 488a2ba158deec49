internal import CronJobs

// A pause is the last word about a job. It outlives what the ledger forgets if somebody who knows of it reaches the ledger in time.

extension Invariants {
    struct Pauses {
        private var words: [JobID: ModelLedger.PauseWord] = [:]
        /// Those that the ledger forgot, and that nobody has told it in time.
        private var forgotten: Set<JobID> = []

        mutating func say(_ job: JobID, _ word: ModelLedger.PauseWord) {
            words[job] = word
            forgotten.remove(job)
        }

        mutating func setBack(to ledger: ModelLedger) {
            for (job, word) in words {
                if ledger.pauses[job]?.count == word.count { forgotten.remove(job) } else { forgotten.insert(job) }
            }
        }

        /// The ledger knows of these, or was told of them in time.
        mutating func told(_ known: [JobID: ModelLedger.PauseWord]) {
            for job in forgotten where known[job]?.count == words[job]?.count { forgotten.remove(job) }
        }

        /// Whether a job is paused; nil where the ledger may think otherwise.
        func hold(_ job: JobID, _ now: WallTime) -> Bool? {
            if words.isEmpty { return false }
            let job = job.withoutHost
            return forgotten.contains(job) ? nil : words[job]?.holds(at: now) ?? false
        }
    }

    mutating func paused(_ job: JobID, _ word: ModelLedger.PauseWord) { pauses.say(job, word) }

    /// What a node told late counts from then on.
    mutating func told(_ ledger: ModelLedger) { pauses.told(ledger.pauses) }

    /// What was claimed before its job was paused may start.
    mutating func checkPause(of name: Name, _ now: WallTime) {
        if case .manual = name.run.occasion { return }
        if pauses.hold(name.run.job, now) == true { broken(.pausedRest, "\(name) is given out") }
    }

    /// A run is skipped because its job is paused.
    mutating func held(_ run: RunID, now: WallTime) {
        if pauses.hold(run.job, now) == false { broken(.pausesEnd, "\(run) is held, and its job is not paused") }
    }

    mutating func checkPause(_ attempt: Attempt, _ situation: Situation) {
        if situation.isFromMemory, situation.isKnownPaused { broken(.pausedRest, "\(attempt.run) starts from memory") }
    }
}
