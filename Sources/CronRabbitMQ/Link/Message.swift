/// What is sent: persistent, and by default to be routed to a queue at least.
public struct Message: Hashable, Sendable {
    public enum HeaderValue: Hashable, Sendable {
        case text(String)
        case number(Int64)
    }

    public struct Header: Hashable, Sendable {
        public var name: String
        public var value: HeaderValue

        public init(_ name: String, _ value: HeaderValue) {
            self.name = name
            self.value = value
        }
    }

    /// By which a consumer knows a message that it has seen: one that is sent again has the same. At most 255 bytes.
    public var id: String
    /// Empty: the broker's default exchange, whose keys are names of queues.
    public var exchange: String
    public var key: String
    public var body: [UInt8]
    public var contentType: String
    public var headers: [Header]
    /// Seconds since 1970.
    public var timestamp: Int64?
    /// A queue at least is to take it: else it is `undelivered`. Without that the broker confirms what nobody listens for.
    public var mandatory: Bool

    public init(
        id: String, exchange: String, key: String, body: [UInt8], contentType: String = "text/plain", headers: [Header] = [],
        timestamp: Int64? = nil, mandatory: Bool = true
    ) {
        self.id = id
        self.exchange = exchange
        self.key = key
        self.body = body
        self.contentType = contentType
        self.headers = headers
        self.timestamp = timestamp
        self.mandatory = mandatory
    }

    /// Longest exchange, key and id: what AMQP has room for.
    public static let longestName = 255
}

/// What became of a message.
public enum Delivery: Hashable, Sendable {
    /// The broker has it, in a queue at least.
    case confirmed
    /// The broker does not have it, and said why.
    case undelivered(String)
    /// It was sent, and nobody knows whether the broker has it.
    case unconfirmed(String)
    /// It was not sent: its time was over, or there was no room for it.
    case unsent(String)
}
