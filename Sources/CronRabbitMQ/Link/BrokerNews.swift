/// What is to be told about the connection, each once.
public enum BrokerNews: Hashable, Sendable {
    /// Connected, after it was told that there is no connection or for the first time.
    case up(String, again: Bool)
    /// There is no connection; it is tried again for ever. Told anew only for a reason that somebody must mend.
    case down(BrokerError)
    /// The broker takes no messages (its memory or disk is short).
    case blocked(String)
    case unblocked
}
