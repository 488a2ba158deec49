/// Which runs are mailed, where the table says to whom.
public enum MailPolicy: Hashable, Sendable {
    /// Those that wrote something.
    case output
    /// Those that failed.
    case failure
    case never
}
