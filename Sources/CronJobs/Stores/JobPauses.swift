/// What a single-node store knows of all jobs' pauses.
public struct JobPauses: Sendable {
    public private(set) var histories: [JobID: PauseHistory] = [:]
    private var paused: Set<JobID> = []
    /// Of those that end by themselves.
    private var ends: [JobID: WallTime] = [:]

    public init(_ histories: [JobID: PauseHistory] = [:]) {
        for (job, history) in histories { set(history, of: job) }
    }

    /// Adds a word to each job's history.
    public mutating func add(_ word: PauseHistory.Word, of jobs: Set<JobID>) {
        for job in jobs {
            var history = histories[job] ?? PauseHistory()
            history.add(word)
            set(history, of: job)
        }
    }

    /// Takes a job's history as a store had it; `nil` forgets it.
    public mutating func set(_ history: PauseHistory?, of job: JobID) {
        let last = history?.words.last
        histories[job] = history
        if last?.isPause == true { paused.insert(job) } else { paused.remove(job) }
        ends[job] = last?.until
    }

    /// The paused jobs.
    public func jobs(now: WallTime) -> Set<JobID> {
        ends.isEmpty ? paused : paused.filter { job in ends[job].map { now < $0 } ?? true }
    }

    /// Those that last at `now`; one that has come to its end does not.
    public func pauses(now: WallTime) -> [JobID: Pause] { histories.compactMapValues { $0.pause(now: now) } }

    /// The jobs whose pauses can be forgotten.
    public func over(_ now: WallTime) -> [JobID] { histories.filter { $0.value.isOver(now) }.map(\.key) }
}
