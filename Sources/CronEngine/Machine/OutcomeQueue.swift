package import CronJobs

// Starts and outcomes on their way to the ledger, grouped: what comes in while one commit is under way waits for the next.
//
//            an event                    a moment later                the ledger has them
//    rests ───────────▶ gathers ──────────────────────▶ writes ─────────────────────────────▶ rests, gathers again,
//      ▲                                                  │   it failed: kept for the next      or writes at once
//      └──────────────────────────────────────────────────┘   event or call that works          where somebody waits
//
// Nothing is dropped while the store fails: what could not be written is kept, bounded, and tried again. Beyond the bound the oldest are given
// up; their runs become `interrupted` at the next start, which is the truth as far as the ledger can know it.

/// Run events that the ledger has yet to hear of, in order.
package struct OutcomeQueue {
    static let bound = 100_000

    /// What is written in one step.
    package struct Group {
        package var starts: [Start] = []
        package var finishes: [Finish] = []
    }

    private enum State {
        case rests, gathers
        case writes(Group)
    }

    private struct Name: Hashable {
        var run: RunID
        var attempt: Int
    }

    private var state = State.rests
    private var waiting = Group()
    /// Somebody waits until all is written: nothing more is gathered.
    private var isHurried = false

    /// A write is under way, or about to be.
    var isBusy: Bool { if case .rests = state { false } else { true } }
    /// Whether something is not written yet.
    var isBehind: Bool { isBusy || hasWaiting }

    /// The runs whose outcomes the ledger has not heard of.
    var unwritten: Set<RunID> {
        guard isBehind else { return [] }
        return Set(unwrittenFinishes.map(\.run))
    }

    /// The outcomes that are being written.
    var writing: [Finish] { if case .writes(let group) = state { group.finishes } else { [] } }

    /// How a run ended, as far as the ledger has not heard of it: for it the run still goes on.
    func unwrittenOutcome(of run: RunID) -> Outcome? { unwrittenFinishes.last { $0.run == run }?.outcome }

    private var unwrittenFinishes: [Finish] { writing + waiting.finishes }

    private var hasWaiting: Bool { !waiting.starts.isEmpty || !waiting.finishes.isEmpty }

    /// Takes an event for the next write.
    mutating func note(_ event: RunEvent) {
        switch event {
        case .started(let start): waiting.starts.append(start)
        case .finished(let finish): waiting.finishes.append(finish)
        }
    }

    /// Whether what waits is to be gathered from now on.
    mutating func begin() -> Bool {
        let excess = waiting.finishes.count - Self.bound
        if excess > 0 { waiting.finishes.removeFirst(excess) }
        guard !isBusy, hasWaiting else { return false }
        state = .gathers
        return true
    }

    /// Nothing is gathered any more until it rests.
    mutating func hurry() -> Bool {
        isHurried = isBehind
        return begin()
    }

    /// What to write now that enough was gathered; nil if there is nothing.
    mutating func next() -> Group? {
        guard case .gathers = state else { return nil }
        guard hasWaiting else {
            rest()
            return nil
        }
        let ended = Set(waiting.finishes.lazy.map { Name(run: $0.run, attempt: $0.attempt) })
        var group = waiting
        // An attempt that ended within the group needs no row of its own for its start.
        group.starts.removeAll { ended.contains(Name(run: $0.run, attempt: $0.attempt)) }
        waiting = Group()
        state = .writes(group)
        return group
    }

    /// A group is written. What came in meanwhile is gathered for the next, or is to be written now.
    mutating func written() -> (gathers: Bool, next: Group?) {
        guard hasWaiting else {
            rest()
            return (false, nil)
        }
        state = .gathers
        return isHurried ? (false, next()) : (true, nil)
    }

    /// A group could not be written: a start that was, is written again, and the ledger takes it as the same.
    mutating func failed() {
        if case .writes(let group) = state {
            waiting.starts.insert(contentsOf: group.starts, at: 0)
            waiting.finishes.insert(contentsOf: group.finishes, at: 0)
        }
        rest()
    }

    private mutating func rest() {
        state = .rests
        isHurried = false
    }
}
