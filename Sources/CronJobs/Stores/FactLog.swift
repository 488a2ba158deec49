internal import Synchronization

/// The facts of a service whose stores are memory. Shared by its ledger and its revisions.
public final class FactLog: Sendable {
    private struct State {
        var isWanted = false
        var facts: [Fact] = []
        var last: Int64 = 0
    }

    private let state = Mutex(State())
    private let bound: Int

    public init(bound: Int = Fact.bound) { self.bound = max(1, bound) }

    func keep(_ isWanted: Bool) {
        state.withLock { state in
            state.isWanted = isWanted
            if !isWanted { state.facts = [] }
        }
    }

    func add(_ kind: @autoclosure () -> Fact.Kind, at now: WallTime) {
        state.withLock { state in
            guard state.isWanted else { return }
            state.last += 1
            state.facts.append(Fact(number: state.last, at: now, kind: kind()))
            // An eighth more, so that the work is spread.
            if state.facts.count > bound + bound / 8 { state.facts.removeFirst(state.facts.count - bound) }
        }
    }

    func page(after cursor: Int64, limit: Int) -> FactPage {
        state.withLock { state in
            let oldest = state.facts.first?.number ?? state.last + 1
            let skipped = cursor < oldest ? 0 : Int(clamping: cursor - oldest + 1)
            let facts = state.facts.dropFirst(skipped).prefix(max(0, limit))
            return FactPage(facts: Array(facts), after: cursor, hasGap: cursor < oldest - 1)
        }
    }

    var last: Int64 { state.withLock { $0.last } }

    /// How many facts after the cursor are gone.
    func lost(after cursor: Int64) -> Int {
        state.withLock { state in max(0, Int(clamping: (state.facts.first?.number ?? state.last + 1) - 1 - cursor)) }
    }
}
