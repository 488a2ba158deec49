// Who tells others what was decided reads facts from a place of its own, which lies in the store beside what it remembers of them: so its next life, or
// another node, goes on where it stood, and knows what it knew. On a shared store one node at a time has the place, for as long as it says so.
//
//      attend ──▶ the place is ours ──▶ facts after the cursor ──▶ told ──▶ advance: cursor and notes in one step
//         │                                                                   │ false: somebody else has it, or it stands elsewhere
//         └──▶ another node has it: ask again later ◀─────────────────────────┘

/// Where a consumer of facts goes on.
public enum ConsumerPlace: Hashable, Sendable {
    /// Behind that fact, and it is ours. So many facts after it are gone before they were read.
    case at(Int64, lost: Int)
    /// Another node has it.
    case heldBy(String)
}

/// Keeps where consumers of facts stand. Each call is one atomic step. What it wrote last may be lost with the power, all of it at once: then facts are read again.
public protocol ConsumerStore: Sendable {
    /// Takes a consumer's place, or keeps it, for `ConsumerLease.length`. Whoever has none yet stands behind `known`, else behind the last fact.
    func attend(_ consumer: String, known: Int64?, now: WallTime) async throws(StoreError) -> ConsumerPlace

    /// What the consumer has noted, by names of its own.
    func notes(of consumer: String) async throws(StoreError) -> [String: String]

    /// Moves the place, which is ours, on, and changes notes: `nil` takes one away. `false`, and nothing done, where it does not stand at `from` or is
    /// another node's.
    func advance(
        _ consumer: String, from: Int64, to: Int64, notes: [String: String?], now: WallTime
    ) async throws(StoreError) -> Bool

    /// Gives the place up, so that another node may take it at once.
    func leave(_ consumer: String) async throws(StoreError)
}

public enum ConsumerLease {
    /// How long a place stays a node's without a word from it.
    public static let length = Duration.seconds(15)
}

extension Ledger {
    /// Where consumers of its facts stand; `nil` where nobody keeps that.
    public nonisolated var consumers: (any ConsumerStore)? { self as? any ConsumerStore }
}
