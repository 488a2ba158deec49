/// Which of several fire times that passed without a start are still run, within grace.
public enum CatchUpPolicy: Hashable, Sendable {
    /// None: all are missed.
    case none
    /// One run at the latest of them, which counts the others (coalesce).
    case last
    /// The same run, which takes the earliest of them for its time.
    case first
    /// Each of the latest `limit`, oldest first; older ones are missed.
    case all(limit: Int)
}
