/// What becomes of a run when the service ends.
public enum StopPolicy: String, Sendable, CaseIterable {
    /// It may go on for the service's `drain`, then it is cancelled.
    case finish
    /// It is cancelled at once.
    case cancel
    /// It is left alone: the next start of the service takes it over, where it is still there.
    case abandon
}
