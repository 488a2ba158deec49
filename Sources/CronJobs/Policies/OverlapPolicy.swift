/// What happens when a fire time arrives while a run of the same job is still going.
public enum OverlapPolicy: Hashable, Sendable {
    /// Start beside it, up to the job's `maxRunning`.
    case allow
    /// Do not start; the fire time's outcome is `skipped(overlap)`.
    case skip
}
