internal import CronJobs

/// Jobs that somebody pauses, or lets go on: all of them or, where one is not known, none.
struct PauseChange: Sendable {
    let ledger: any Ledger
    let desk: ControlDesk
    /// Here and elsewhere.
    let jobs: Set<JobID>
    let asker: Asker
    let now: WallTime

    /// Answers those that were not so already.
    func pause(_ names: [JobID], until: WallTime?) async throws(ControlRefusal) -> [JobID] {
        let pauses = try await pauses(), wanted = try await known(names, among: jobs)
        let changed = wanted.filter { pauses[$0].map { $0.until != until } ?? true }
        if changed.isEmpty { return [] }
        try await ask { ledger throws(StoreError) in try await ledger.pause(changed, until: until, by: "\(asker)", now: now) }
        return changed.sorted()
    }

    /// The same for going on; a job that left the table may, too.
    func resume(_ names: [JobID]) async throws(ControlRefusal) -> [JobID] {
        let pauses = try await pauses(), wanted = try await known(names, among: jobs.union(pauses.keys))
        let changed = wanted.intersection(pauses.keys)
        if changed.isEmpty { return [] }
        try await ask { ledger throws(StoreError) in try await ledger.resume(changed, by: "\(asker)", now: now) }
        return changed.sorted()
    }

    private func pauses() async throws(ControlRefusal) -> [JobID: Pause] {
        try await ask { ledger throws(StoreError) in try await ledger.pauses(now: now) } ?? [:]
    }

    private func known(_ names: [JobID], among known: Set<JobID>) async throws(ControlRefusal) -> Set<JobID> {
        let jobs = Set(names.map(\.withoutHost)), unknown = jobs.subtracting(known).sorted()
        guard unknown.isEmpty else { throw await desk.unknown(unknown, among: known) }
        return jobs
    }

    @discardableResult
    private func ask<Answer: Sendable>(
        _ question: (any PauseStore) async throws(StoreError) -> Answer
    ) async throws(ControlRefusal) -> Answer? {
        guard let store = ledger.pauses else { return nil }
        do throws(StoreError) { return try await question(store) } catch { throw ControlRefusal(error) }
    }
}
