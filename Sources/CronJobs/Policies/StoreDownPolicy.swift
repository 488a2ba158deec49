/// What becomes of a fire time that comes while the store cannot be reached.
public enum StoreDownPolicy: String, Hashable, Sendable, CaseIterable {
    /// It waits: once the store works again the catch-up policy decides.
    case hold
    /// Every replica starts it from memory; several of them may.
    case local
    /// The replica that was first in the job's order starts it from memory; the others wait.
    case rank0
    /// Nobody starts it, now or later: it is missed.
    case skip
}
