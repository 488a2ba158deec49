internal import CronJobs
internal import CronProcesses
internal import LinuxEvents

// Output on its way from memory to the store: after its outcome, one attempt at a time, beside all else. What is in the run's row whole (`tail`)
// needs no place of its own, which most runs' output is. What the store does not take is dropped, and said once.

/// Stores what runs have written once their outcomes are recorded.
final class OutputKeeper: Sendable {
    private struct State {
        var waiting: [(run: RunID, attempt: Int)] = []
        var isBusy = false
        var isFailing = false
    }

    private let shelf: OutputShelf
    private let store: (any OutputStore)?
    private let loop: EventLoop
    private let log: Log
    private let mail: MailDesk?
    private let state = Locked(State())

    init(shelf: OutputShelf, store: (any OutputStore)?, loop: EventLoop, log: Log, mail: MailDesk? = nil) {
        self.shelf = shelf
        self.store = store
        self.loop = loop
        self.log = log
        self.mail = mail
    }

    func recorded(_ finishes: [Finish]) {
        let begins = state.withLock { state in
            state.waiting += finishes.map { ($0.run, $0.attempt) }
            defer { state.isBusy = true }
            return !state.isBusy
        }
        if begins { Task(executorPreference: loop) { await self.carry() } }
    }

    /// Whether some output is not stored yet.
    var isBusy: Bool { state.withLock { $0.isBusy } }

    private func carry() async {
        while true {
            let batch = state.withLock { state in
                let batch = state.waiting
                state.waiting = []
                state.isBusy = !batch.isEmpty
                return batch
            }
            if batch.isEmpty { return }
            for (run, attempt) in batch { await carry(run, attempt) }
        }
    }

    private func carry(_ run: RunID, _ attempt: Int) async {
        let output = shelf.output(of: run, attempt: attempt)
        mail?.recorded(run, attempt, output?.excerpt ?? OutputExcerpt())
        guard let output else { return }
        let excerpt = output.excerpt, isInRow = excerpt.dropped == 0 && excerpt.count < OutputLimit.inRow
        if let store, !isInRow, excerpt.count > 0 {
            do throws(StoreError) {
                try await store.keepOutput(run, attempt: attempt, excerpt)
                state.withLock { $0.isFailing = false }
            } catch {
                let isNew = state.withLock { state in
                    defer { state.isFailing = true }
                    return !state.isFailing
                }
                if isNew { log.warning("output of runs is not kept now", .text("reason", error.message)) }
            }
        }
        shelf.remove(run, attempt: attempt)
    }
}
