internal import CronJobs
internal import LinuxEvents

// A start on a full volume. The store is opened and locked, so what it holds counts: marks, pauses, revisions. What cannot be entered waits, and
// nothing is started meanwhile; the service never goes on without it.

extension Service {
    /// Says once that the store's volume is full.
    func noteRoom() async {
        guard let store, await store.isWithoutRoom(), !isFullSaid else { return }
        isFullSaid = true
        log.error(
            "the store's volume is full: nothing is started until there is room", .text("store", store.place.description),
            .text("remedy", "free space on its volume"))
    }

    /// Waits a moment where the store has no room, and answers whether it is worth another try. The socket answers `status` meanwhile.
    func waitForRoom() async -> Bool {
        guard !stopping, let store, await store.isWithoutRoom() else { return false }
        await noteRoom()
        if !waitsForRoom {
            waitsForRoom = true
            openSocket()
        }
        await withCheckedContinuation { (waited: CheckedContinuation<Void, Never>) in _ = loop.after(.seconds(1)) { waited.resume() } }
        return !stopping
    }

    /// Which jobs are gone is only noted to forget them later; without room that is left to the next table.
    func retain(_ jobs: Set<JobID>, in ledger: any Ledger) async throws(StoreError) {
        do throws(StoreError) {
            try await ledger.retain(jobs, now: clocks.wall)
        } catch {
            guard error.code == .full else { throw error }
        }
    }
}
