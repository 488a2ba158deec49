internal import CronJobs

// Carries starts and outcomes to the ledger, grouped: while one commit is under way, the events that come in wait for the next.
//
// Nothing is dropped while the store fails: what could not be written is kept, bounded, and tried again with the next events. Beyond the bound
// the oldest are given up; their runs become `interrupted` at the next start, which is the truth as far as the ledger can know it.

/// Writes run events to the ledger in groups, in order.
final class OutcomeJournal {
    static let bound = 100_000

    private struct Name: Hashable {
        var run: RunID
        var attempt: Int
    }

    private let ledger: any Ledger
    private let groupingDelay: @Sendable () async -> Void
    private var starts: [Start] = []
    private var finishes: [Finish] = []
    private var writing = false
    private var settling: [CheckedContinuation<Void, Never>] = []

    init(ledger: any Ledger, groupingDelay: @escaping @Sendable () async -> Void) {
        self.ledger = ledger
        self.groupingDelay = groupingDelay
    }

    /// Whether something is not written yet.
    var isBehind: Bool { writing || !starts.isEmpty || !finishes.isEmpty }

    /// Takes events for the next write.
    func note(_ events: [RunEvent]) {
        for event in events {
            switch event {
            case .started(let start): starts.append(start)
            case .finished(let finish): finishes.append(finish)
            }
        }
        if finishes.count > Self.bound { finishes.removeFirst(finishes.count - Self.bound) }
    }

    /// Writes until nothing is left, unless a write is under way that will do so.
    func write(isolation: isolated (any Actor)? = #isolation) async -> StoreError? {
        guard !writing else { return nil }
        writing = true
        defer {
            writing = false
            for waiter in settling { waiter.resume() }
            settling = []
        }
        while !starts.isEmpty || !finishes.isEmpty {
            if settling.isEmpty { await groupingDelay() }
            if let error = await flush() { return error }
        }
        return nil
    }

    private func flush(isolation: isolated (any Actor)? = #isolation) async -> StoreError? {
        let finishing = finishes
        let ended = Set(finishing.lazy.map { Name(run: $0.run, attempt: $0.attempt) })
        // An attempt that ended within the group needs no row of its own for its start.
        let starting = starts.filter { !ended.contains(Name(run: $0.run, attempt: $0.attempt)) }
        starts = []
        finishes = []
        do {
            if !starting.isEmpty { try await ledger.start(starting) }
            if !finishing.isEmpty { _ = try await ledger.finish(finishing) }
            return nil
        } catch {
            // A start that was written already is written again: the ledger takes it as the same.
            starts.insert(contentsOf: starting, at: 0)
            finishes.insert(contentsOf: finishing, at: 0)
            return error
        }
    }

    func settle(isolation: isolated (any Actor)? = #isolation) async {
        if writing { await withCheckedContinuation { settling.append($0) } }
        if !starts.isEmpty || !finishes.isEmpty { _ = await write() }
    }
}
