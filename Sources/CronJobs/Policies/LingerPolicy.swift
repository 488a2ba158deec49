/// What becomes of processes that a run leaves behind when its leader has ended by itself.
public enum LingerPolicy: String, Sendable, CaseIterable {
    /// They go on.
    case keep
    /// They are ended, before the run's outcome is told.
    case kill
}
