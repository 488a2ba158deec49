public import CronExpressions

// Facts: what was decided, in the order in which it was, each entered in the same step as the decision itself. So a consumer that tells others
// (events, notices) misses nothing and makes nothing up: it reads on from its cursor, and what it makes of the facts is its own affair.
//
// They are kept only while there is a consumer, and only so many. What a shared store forgot and its nodes tell it again may come twice.

/// Something that was decided.
public struct Fact: Hashable, Sendable {
    /// What was decided.
    public enum Kind: Hashable, Sendable {
        /// An attempt runs, since then.
        case started(RunID, attempt: Int, at: WallTime)
        /// An attempt, or a range of fire times without one, has its outcome.
        case ended(RunID, attempt: Int, outcome: Outcome, first: Instant, count: Int)
        /// An attempt whose owner is gone belongs to another.
        case takenOver(RunID, attempt: Int)
        case tableChanged(revision: Int)
        /// A service works with less than it should: what it lacks, and why.
        case degraded(String, reason: String)
    }

    /// So many are kept, at least.
    public static let bound = 65_536

    /// Grows, not always by one.
    public var number: Int64
    public var at: WallTime
    public var kind: Kind

    public init(number: Int64, at: WallTime, kind: Kind) {
        self.number = number
        self.at = at
        self.kind = kind
    }
}

/// Facts that were read in one call, and where to go on.
public struct FactPage: Hashable, Sendable {
    /// In their order; none is the end.
    public var facts: [Fact]
    /// Where to read on.
    public var cursor: Int64
    /// Facts after the cursor are gone: there were more than are kept.
    public var hasGap: Bool

    public init(facts: [Fact], after cursor: Int64, hasGap: Bool) {
        self.facts = facts
        self.cursor = facts.last?.number ?? cursor
        self.hasGap = hasGap
    }
}

/// Keeps facts for consumers, bounded: `Fact.bound` of them.
public protocol FactStore: Sendable {
    /// From now on facts are kept, or not any more and none are left. A store keeps that over its lives; with a shared one, facts are kept as
    /// long as one node wants them.
    func keepFacts(_ isWanted: Bool) async throws(StoreError)

    /// The facts after a cursor, 0 being before the first; so many at most.
    func facts(after cursor: Int64, limit: Int) async throws(StoreError) -> FactPage

    /// Enters `degraded`, where facts are wanted: it is nobody's decision, so nothing else enters it.
    func noteDegraded(_ what: String, reason: String, now: WallTime) async throws(StoreError)

    /// The cursor behind the last fact: for a consumer that begins now.
    func lastFact() async throws(StoreError) -> Int64
}

extension Ledger {
    /// What was decided, for consumers; `nil` where nobody keeps that.
    public nonisolated var facts: (any FactStore)? { self as? any FactStore }
}
