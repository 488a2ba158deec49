// What runs wrote lies apart from their rows: it is written after the outcome, in a step of its own, so that no claim and no outcome waits for it;
// and it is the first thing to go where room is short.

/// Keeps the output of finished runs: 64 KiB of each, and so much overall. The oldest goes first, and all of it before a claim is refused.
public protocol OutputStore: Sendable {
    /// Keeps what is left of an attempt's output, shortened to 64 KiB. `false` where it has no outcome (any more), or there is no room: then it
    /// is dropped, and the store is as good as before. Need not be durable on return.
    @discardableResult
    func keepOutput(_ run: RunID, attempt: Int, _ output: OutputExcerpt) async throws(StoreError) -> Bool

    /// What was kept of an attempt. `nil` where nothing was, or not any more: then its row may have the end of it (`RunRecord.tail`).
    func output(of run: RunID, attempt: Int) async throws(StoreError) -> OutputExcerpt?

    /// How many bytes are kept of all runs together, from the next output on.
    func limitOutput(to bytes: Int) async
}

/// A store by which one node can look at what runs of another have written so far. Whoever looks says so, and the run's node then hands it out with
/// its renewals: nobody hands out what nobody looks at.
public protocol SharedOutputStore: Sendable {
    /// Asks the node that has the attempt to hand out its output for the next seconds.
    func askForOutput(of run: RunID, attempt: Int) async throws(StoreError)

    /// The attempts, of any node, whose output is asked for now.
    func outputsAskedFor() async throws(StoreError) -> [(run: RunID, attempt: Int)]

    /// Hands out what an attempt that goes on has written so far. It is forgotten soon.
    func shareOutput(of run: RunID, attempt: Int, _ output: OutputExcerpt) async throws(StoreError)

    /// What was handed out last; `nil` where nothing was, or long ago.
    func sharedOutput(of run: RunID, attempt: Int) async throws(StoreError) -> OutputExcerpt?
}

/// How much of a run's output is kept.
public enum OutputLimit {
    public static let ofRun = 64 << 10
    /// The end of it that is in the run's row.
    public static let inRow = 4 << 10
    public static let inMemory = 32 << 20
    public static let inFile = 1 << 30
    public static let onServer = 64 << 20
}

extension Ledger {
    /// The output of finished runs; `nil` where it keeps none.
    public nonisolated var outputs: (any OutputStore)? { self as? any OutputStore }

    /// The output of other nodes' runs; `nil` where there are none.
    public nonisolated var sharedOutputs: (any SharedOutputStore)? { self as? any SharedOutputStore }
}
