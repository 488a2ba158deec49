internal import CronExpressions
internal import CronJobs
internal import CronScheduler

// What is promised of a program's jobs (docs/promises.md), read off what happened on a stage and off its store.
//
// Where a promise is less, less is asked for: a job that starts from memory while the store is away may start on two nodes; an attempt whose owner
// was out of reach for a lease is interrupted and may still go on there; a job that the program itself changes or removes is its own affair.

/// A promise that was broken on a stage: by the library, or by the program, where it checks promises of its own.
public struct BrokenPromise: Error, CustomStringConvertible {
    public enum Promise: String, Sendable {
        case neverEarly = "never early"
        case oneStart = "one start for each fire time and attempt"
        case oneOutcome = "one outcome for each fire time"
        case nothingLost = "every fire time is decided"
        case overlap = "no run beside another of a job that skips"
        /// The check that the simulation was given.
        case own = "the program's own check"
    }

    public var promise: Promise
    public var what: String
    public var seed: UInt64
    /// What went wrong around the jobs until then, in order.
    public var troubles: [String]
    /// What happened to the job that it is about.
    public var picture: String

    public var description: String {
        "seed \(seed): \(promise.rawValue): \(what)\n\(troubles.joined(separator: "\n"))\n\(picture)"
    }
}

/// Reads them off.
struct JobPromises {
    struct Breach {
        var promise: BrokenPromise.Promise
        var job: JobID?
        var what: String
    }

    /// One attempt of a run.
    private struct Name: Hashable {
        var run: RunID
        var attempt: Int

        init(_ run: RunID, _ attempt: Int) { (self.run, self.attempt) = (run, attempt) }
    }

    /// As they were when all nodes were up for the first time.
    let jobs: [JobID: ScheduledJob]
    let moments: [Rehearsal.Moment]
    /// Of each job, all of its records.
    let records: [JobID: [RunRecord]]
    /// Up to here all is decided.
    let end: Instant

    func firstBreach() -> Breach? { starts() ?? jobs.keys.sorted().lazy.compactMap { outcomes($0) }.first }

    /// Decisions about it need the store.
    private func isClaimed(_ job: JobID) -> Bool {
        let policy = jobs[job]?.options.storeDown ?? .hold
        return policy == .hold || policy == .skip
    }

    // MARK: Starts

    private func starts() -> Breach? {
        var first: [Name: String] = [:], going: [JobID: [Name: String]] = [:]
        for moment in moments {
            switch moment.event {
            case .runStarted(let run):
                let name = Name(run.run, run.attempt)
                // A further attempt may follow a clock that was set back.
                if run.attempt == 1, let fireTime = run.run.occasion.fireTime, moment.at < WallTime(fireTime) {
                    return Breach(promise: .neverEarly, job: run.job, what: "\(run.run) at \(moment.at.instant.rfc3339UTC())")
                }
                guard isClaimed(run.job) else { continue }
                if let before = first.updateValue(moment.scheduler, forKey: name) {
                    return Breach(
                        promise: .oneStart, job: run.job,
                        what: "\(run.run), attempt \(run.attempt), on \(before) and on \(moment.scheduler)")
                }
                if let beside = overlap(run, going[run.job] ?? [:]) {
                    return Breach(promise: .overlap, job: run.job, what: "\(run.run) beside \(beside)")
                }
                if !wasInterrupted(name) { going[run.job, default: [:]][name] = moment.scheduler }
            case .runSucceeded(let run), .runFailed(let run), .runTimedOut(let run), .runCancelled(let run):
                going[run.job]?[Name(run.run, run.attempt)] = nil
            case .schedulerEnded:
                for job in going.keys { going[job] = going[job]?.filter { $0.value != moment.scheduler } }
            default: break
            }
        }
        return nil
    }

    private func overlap(_ run: RunReport, _ going: [Name: String]) -> RunID? {
        guard jobs[run.job]?.options.overlap == .skip, run.trigger != .manual else { return nil }
        return going.keys.first?.run
    }

    private func wasInterrupted(_ name: Name) -> Bool {
        (records[name.run.job] ?? []).contains { $0.run == name.run && $0.attempt == name.attempt && $0.outcome == .interrupted }
    }

    // MARK: Outcomes

    private func outcomes(_ id: JobID) -> Breach? {
        let records = records[id] ?? []
        for record in records where record.outcome == nil && WallTime(end) - record.claimedAt > .zero && !isGoing(record) {
            return Breach(promise: .oneOutcome, job: id, what: "\(record.run), attempt \(record.attempt), has none")
        }
        guard let job = jobs[id], isLeftAlone(id), isClaimed(id), let added = added(id) else { return nil }
        let ranges = records.filter { $0.attempt == 1 }.compactMap { record in
            record.run.occasion.fireTime.map { (first: record.first, last: $0, record: record) }
        }.sorted { $0.last < $1.last }
        // Of a range that was missed another node may have run the beginning: then the run answers for it.
        let runs = ranges.filter { $0.record.outcome?.isWithoutRun != true }
        for (one, next) in zip(runs, runs.dropFirst()) where next.first <= one.last {
            return Breach(
                promise: .oneOutcome, job: id, what: "\(next.first.rfc3339UTC()) is part of \(one.record.run) and of \(next.record.run)")
        }
        // A closure's fire times are those that come while a program has it.
        guard job.work != .closure, let fireTimes = try? job.schedule.fireTimes(after: added) else { return nil }
        var place = 0
        for time in fireTimes {
            if time > end { break }
            while place < ranges.count, ranges[place].last < time { place += 1 }
            guard place < ranges.count, ranges[place].first <= time else {
                return Breach(promise: .nothingLost, job: id, what: "\(time.rfc3339UTC()) of \(id)")
            }
        }
        return nil
    }

    /// It may last beyond the end of the stage.
    private func isGoing(_ record: RunRecord) -> Bool {
        let name = Name(record.run, record.attempt)
        return moments.contains { moment in
            if case .runStarted(let run) = moment.event { Name(run.run, run.attempt) == name } else { false }
        }
            && !moments.contains { moment in
                switch moment.event {
                case .runSucceeded(let run), .runFailed(let run), .runTimedOut(let run), .runCancelled(let run):
                    Name(run.run, run.attempt) == name
                default: false
                }
            }
    }

    private func added(_ id: JobID) -> Instant? { moments.first { $0.event == .jobAdded(id) }?.at.instant }

    /// Neither the program nor its jobs change it.
    private func isLeftAlone(_ id: JobID) -> Bool {
        !moments.contains { moment in
            switch moment.event {
            case .jobRescheduled(id), .jobRemoved(id, .asked), .allJobsRemoved, .schedulerPaused: true
            case .jobModified(id): true
            default: false
            }
        }
    }
}

extension Outcome {
    fileprivate var isWithoutRun: Bool {
        switch self {
        case .missed, .skipped: true
        default: false
        }
    }
}
