internal import CronJobs
internal import CronProcesses
internal import LinuxEvents

// One run, and what it has written. Where its output is:
//
//     it goes on here, or the store does not have it yet ──▶ the runner's shelf
//     it has its outcome                                ──▶ the store, apart; else whole or its end in the run's row
//     it goes on at another node                        ──▶ that node hands it out, once it is asked for

/// Answers about single runs, from the runner and the ledger of a service, or from a ledger alone.
struct RunAnswers: Sendable {
    /// How long another node is waited for: it hears of it with its next renewal.
    private static let patience = 30
    private static let look = Duration.milliseconds(200)

    let ledger: any Ledger
    /// `nil` where no service runs.
    let shelf: OutputShelf?
    /// The ids that the table's jobs have in the ledger.
    let jobs: [JobID]
    /// Jobs of the table that other hosts run.
    var elsewhere: Set<JobID> = []
    let host: String

    enum Source {
        case here(RunOutput)
        case stored(OutputExcerpt, isEndOnly: Bool)
        case elsewhere(any SharedOutputStore)
        /// It has written nothing, or nothing is kept of it.
        case nothing
    }

    struct Found {
        var run: RunID
        var attempt: Int
        var source: Source
    }

    // MARK: Which run

    /// The attempt that is meant.
    func record(_ choice: RunChoice) async throws(ControlRefusal) -> RunRecord {
        do throws(StoreError) {
            switch choice.target {
            case .run(let run):
                let attempts = try await ledger.attempts(of: run)
                guard let last = attempts.last else { throw StoreError(.refused, "") }
                guard let number = choice.attempt else { return last }
                if let attempt = attempts.first(where: { $0.attempt == number }) { return attempt }
            case .job(let job): if let newest = try await newest(of: job, choice.attempt) { return newest }
            }
        } catch {
            if error.code != .refused || !error.message.isEmpty { throw ControlRefusal(error) }
        }
        throw ControlRefusal(await complaint(choice), code: 66)
    }

    /// The newest run that has started or is about to; else the newest of all that became of its fire times.
    private func newest(of job: JobID, _ attempt: Int?) async throws(StoreError) -> RunRecord? {
        let ids = Set(jobs.filter { $0 == job || $0.withoutHost == job } + [job])
        var found: [RunRecord] = []
        for id in ids { found += try await ledger.history(of: id, limit: 64) }
        if let attempt { found = found.filter { $0.attempt == attempt } }
        let started = found.filter { $0.startedAt != nil || $0.outcome == nil }
        return (started.isEmpty ? found : started).max { ($0.claimedAt, $0.attempt) < ($1.claimedAt, $1.attempt) }
    }

    private func complaint(_ choice: RunChoice) async -> String {
        let attempt = choice.attempt.map { "attempt \($0) of " } ?? ""
        switch choice.target {
        case .run(let run):
            let remedy = await near(run.job).map { "did you mean a run of \($0)?" } ?? "crond runs \(run.job)"
            return "nothing is known of \(attempt)run \(run): it never was, or is older than the history (\(remedy))"
        case .job(let job):
            return "nothing is known of \(attempt)any run of job \(job)" + (await near(job).map { " (did you mean \($0)?)" } ?? "")
        }
    }

    /// The job that was probably meant, where there is none of that name.
    private func near(_ job: JobID) async -> String? {
        var known = Set(jobs.map(\.withoutHost)).union(elsewhere)
        if shelf == nil { known.formUnion((try? await ledger.watermarks().keys.map(\.withoutHost)) ?? []) }
        guard !known.contains(job.withoutHost) else { return nil }
        return ControlDesk.nearest(to: job, among: known)
    }

    // MARK: Its output

    func find(_ choice: RunChoice) async throws(ControlRefusal) -> Found {
        // One that started while the store fails is known to nobody but us.
        if case .run(let run) = choice.target, let output = shelf?.output(of: run, attempt: choice.attempt), !output.isEnded {
            return Found(run: run, attempt: output.attempt, source: .here(output))
        }
        let record = try await record(choice)
        return Found(run: record.run, attempt: record.attempt, source: try await source(record))
    }

    func source(_ record: RunRecord) async throws(ControlRefusal) -> Source {
        if let output = shelf?.output(of: record.run, attempt: record.attempt) { return .here(output) }
        guard record.outcome == nil else { return try await stored(record) }
        return record.startedAt == nil ? .nothing : ledger.sharedOutputs.map { .elsewhere($0) } ?? .nothing
    }

    private func stored(_ record: RunRecord) async throws(ControlRefusal) -> Source {
        do throws(StoreError) {
            if let excerpt = try await ledger.outputs?.output(of: record.run, attempt: record.attempt) {
                return .stored(excerpt, isEndOnly: false)
            }
        } catch {
            throw ControlRefusal(error)
        }
        if record.tail.isEmpty { return .nothing }
        return .stored(OutputExcerpt(last: record.tail), isEndOnly: record.tail.count >= OutputLimit.inRow)
    }

    /// What there is now.
    func output(_ choice: RunChoice) async throws(ControlRefusal) -> [ControlPart] {
        let found = try await find(choice)
        switch found.source {
        case .nothing: return []
        case .here(let output): return Self.parts(output.excerpt, found)
        case .stored(let excerpt, let isEndOnly): return Self.parts(excerpt, found, isEndOnly: isEndOnly)
        case .elsewhere(let shared):
            do throws(StoreError) {
                try await shared.askForOutput(of: found.run, attempt: found.attempt)
                for _ in 0..<Self.patience {
                    if let excerpt = try await shared.sharedOutput(of: found.run, attempt: found.attempt) {
                        return Self.parts(excerpt, found)
                    }
                    try? await SharedPool.wait(for: Self.look)
                }
            } catch {
                throw ControlRefusal(error)
            }
            throw ControlRefusal("the replica that has run \(found.run) did not hand out its output", code: 75)
        }
    }

    private static func parts(_ excerpt: OutputExcerpt, _ found: Found, isEndOnly: Bool = false) -> [ControlPart] {
        var seen: Int64 = 0
        var pieces = excerpt.pieces(after: &seen, of: found.run, attempt: found.attempt)
        if isEndOnly, !pieces.isEmpty { pieces[0].isEndOnly = true }
        return pieces.map(ControlPart.output)
    }

    // MARK: All about it

    func detail(_ choice: RunChoice) async throws(ControlRefusal) -> RunDetail {
        let record = try await record(choice)
        var detail = RunDetail(run: RunSnapshot(record))
        do throws(StoreError) {
            if let owner = try await ledger.owners?.owner(of: record.run, attempt: record.attempt) {
                (detail.run.fence, detail.run.host, detail.run.pid) = (owner.fence, owner.host, owner.process)
            }
        } catch {
            throw ControlRefusal(error)
        }
        switch try await source(record) {
        case .here(let output):
            if !output.isEnded { detail.run.host = host }
            (detail.kept, detail.dropped) = (output.excerpt.count, output.excerpt.dropped)
        case .stored(let excerpt, let isEndOnly):
            (detail.kept, detail.dropped) = (excerpt.count, isEndOnly ? nil : excerpt.dropped)
        case .elsewhere, .nothing: break
        }
        return detail
    }
}
