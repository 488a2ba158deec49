/// What a job does, and by that which runner takes its attempts (`RunnerRouter`).
///
/// A command is kept in place, because nearly every job of a table is one; what is rare stands behind one reference, so that a job does not grow by it.
public enum Action: Hashable, Sendable {
    /// A command of a crontab, carried out as a process.
    case command(Command)
    /// A message for a broker.
    indirect case publish(Publication)
    /// A function of a program that uses this library.
    indirect case handler(HandlerCall)

    /// The command; `nil` for every other kind.
    public var command: Command? {
        if case .command(let command) = self { command } else { nil }
    }
}

extension Action: CustomStringConvertible {
    /// For people: the command's text, or what is done in its place.
    public var description: String {
        switch self {
        case .command(let command): command.text
        case .publish(let publication): "publish to \(publication.exchange ?? "the default exchange"), key \(publication.key ?? "none")"
        case .handler(let call): "handler \(call.name), version \(call.schemaVersion)"
        }
    }
}

/// Sends a message; its content is the job's body, if the store has one, else `content`.
public struct Publication: Hashable, Sendable {
    /// `nil` is the broker's default exchange.
    public var exchange: String?
    /// By which the broker routes it.
    public var key: String?
    public var content: String

    public init(exchange: String? = nil, key: String? = nil, content: String = "") {
        self.exchange = exchange
        self.key = key
        self.content = content
    }
}

/// Calls a function by its name. What `input` means is known where the function is; here it is bytes.
public struct HandlerCall: Hashable, Sendable {
    public var name: String
    /// Of the form in which `input` is written: a later program may still read what an earlier one stored.
    public var schemaVersion: Int
    public var input: [UInt8]

    public init(name: String, schemaVersion: Int = 1, input: [UInt8] = []) {
        self.name = name
        self.schemaVersion = schemaVersion
        self.input = input
    }
}
