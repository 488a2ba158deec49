/// When a worker tells the broker that a message has done its work.
public enum AcknowledgementPolicy: Hashable, Sendable {
    /// As soon as the ledger has the worker as the owner of the run.
    case handOver
    /// When the run has ended: until then it is in the queue, as one that is not acknowledged.
    case completion

    /// So long before the broker loses its patience a run must have ended.
    public static let margin = Duration.seconds(300)
    /// How long a broker waits that was not told otherwise.
    public static let usualPatience = Duration.seconds(1800)
}
