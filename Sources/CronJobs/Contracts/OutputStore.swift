// What runs wrote lies apart from their rows: it is written after the outcome, in a step of its own, so that no claim and no outcome waits for it;
// and it is the first thing to go where room is short.

/// Keeps the output of finished runs: 64 KiB of each, and so much overall. The oldest goes first, and all of it before a claim is refused.
public protocol OutputStore: Sendable {
    /// Keeps the last bytes that an attempt wrote. `false` where it has no outcome (any more), or there is no room: then it is dropped, and the
    /// store is as good as before. Need not be durable on return.
    @discardableResult
    func keepOutput(_ run: RunID, attempt: Int, _ bytes: [UInt8]) async throws(StoreError) -> Bool

    /// What was kept of an attempt; else the end of its output that came with its outcome. `nil` where its outcome is not known (any more).
    func output(of run: RunID, attempt: Int) async throws(StoreError) -> [UInt8]?

    /// How many bytes are kept of all runs together, from the next output on.
    func limitOutput(to bytes: Int) async
}

/// How much of a run's output is kept.
public enum OutputLimit {
    public static let ofRun = 64 << 10
    public static let inMemory = 4 << 20
    public static let inStore = 64 << 20
}

extension Ledger {
    /// The output of finished runs; `nil` where it keeps none.
    public nonisolated var outputs: (any OutputStore)? { self as? any OutputStore }
}
