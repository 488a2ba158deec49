/// A message that a broker gave to a consumer, until that settles it.
public struct Delivered: Hashable, Sendable {
    /// Which message, on which connection: what belongs to an earlier one is settled by its end.
    public struct ID: Hashable, Sendable {
        var connection: Int
        var tag: UInt64
    }

    public var id: ID
    public var body: [UInt8]
    /// Why it is a dead letter: `rejected`, `delivery_limit`, …; `nil` where it is none.
    public var deathReason: String?
}

/// What becomes of a message that a consumer was given.
public enum Settlement: Hashable, Sendable {
    /// It has done its work.
    case accept
    /// Nobody here can take it: to the dead letters.
    case reject
    /// Another consumer may have it.
    case giveBack
}

/// The queues that a consumer needs, and the one that it takes from.
public struct QueuePlan: Sendable {
    public struct Queue: Sendable {
        var name: String
        var arguments: [Message.Header]
    }

    var declared: [Queue]
    var consumed: String
    /// How many messages it is given before it settles one.
    var prefetch: Int
}
