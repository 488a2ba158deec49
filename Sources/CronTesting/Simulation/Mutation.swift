/// A fault in the machinery itself. Each breaks one promise, and the simulation must notice: else its eye for that promise is shut.
public enum Mutation: String, CaseIterable, Sendable {
    /// The ledger gives a fire time to a second node.
    case winsTwice
    /// The scheduler is told a time three seconds ahead.
    case clockAhead
    /// Outcomes are confirmed and not recorded.
    case losesOutcomes
    /// An outcome takes the place of another.
    case overwritesOutcomes
    /// Skips are confirmed and not entered, but their watermarks are.
    case losesSkips
    /// A claim sets the watermark back.
    case setsMarksBack
    /// A pause is not looked at.
    case ignoresPauses
    /// A pause goes on after the end that was named for it.
    case forgetsEnds
    /// What waits for the store is started without it.
    case startsUnclaimed
    /// Who was held up starts without asking again.
    case skipsGate
    /// A ledger that was set back is not told what its nodes remember.
    case tellsNothing
    /// Fences do not grow.
    case repeatsFences
    /// Due jobs are put off for ever.
    case neverAsks

    /// Who looks for what is to be tried again hears that all has failed.
    case failsHistory

    /// Nobody is told that a job has other times now.
    case forgetsEdits
    /// The machine has the jobs without their jitter.
    case forgetsJitter

    /// The machine has the jobs without their limits.
    case forgetsOverlap
    /// One more may wait for its job than is said.
    case growsQueues
    /// What waits for its job is started when it likes.
    case shufflesQueues
    /// The machine has no limit of its own.
    case forgetsRoom
    /// Whoever is busy says that he is not.
    case hidesLoad
    /// Somebody is told that a run is cancelled, and nobody else is.
    case forgetsCancels
    /// What was claimed ahead of its time is not held back.
    case startsAhead
    /// Somebody is told that no run starts, and one does.
    case startsRefused
    /// What runs once is confirmed, and not stored.
    case losesOnce
    /// What runs once is given out though it was cancelled.
    case startsWithdrawn
    /// What was decided is no fact.
    case losesFacts
    /// A fact is told again.
    case repeatsFacts

    /// What is noticed.
    public var promise: Violation.Promise {
        switch self {
        case .winsTwice, .tellsNothing: .oneStart
        case .clockAhead, .forgetsJitter, .startsAhead: .neverEarly
        case .losesOutcomes, .overwritesOutcomes: .oneOutcome
        case .losesSkips, .neverAsks, .losesOnce: .nothingLost
        case .setsMarksBack: .marksForward
        case .ignoresPauses: .pausedRest
        case .forgetsEnds: .pausesEnd
        case .startsUnclaimed: .claimedFirst
        case .skipsGate: .takenStaysAway
        case .repeatsFences: .fencesGrow
        case .failsHistory: .retriesFollow
        case .forgetsEdits: .editsLookAhead
        case .forgetsOverlap: .limitsKept
        case .growsQueues, .shufflesQueues: .queuesKept
        case .forgetsRoom: .roomKept
        case .hidesLoad: .loadHeeded
        case .forgetsCancels, .startsWithdrawn: .cancelledRest
        case .startsRefused: .refusedRest
        case .losesFacts, .repeatsFacts: .factsTold
        }
    }

    /// Whether one of the first `seeds` scenarios breaks the promise because of it. Ends with the first that does.
    public func isNoticed(within seeds: UInt64) -> Bool {
        let isAlone = self == .startsAhead
        return (1...max(1, seeds)).contains { seed in
            Simulation.run(Scenario(seed: seed, isAlone: isAlone), mutation: self).violation?.promise == promise
        }
    }
}
