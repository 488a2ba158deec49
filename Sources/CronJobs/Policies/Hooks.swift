/// Whom a job's runs are told to over HTTP. One reference, because most jobs tell nobody.
public final class Hooks: Hashable, Sendable {
    /// Gets a message when it fails, and when that is over.
    public let onFailure: WebURL?
    /// Is asked for at each start and end.
    public let ping: WebURL?

    /// `nil` where nobody is told.
    public init?(onFailure: WebURL?, ping: WebURL?) {
        if onFailure == nil, ping == nil { return nil }
        (self.onFailure, self.ping) = (onFailure, ping)
    }

    /// By value, wherever they lie.
    public static func == (a: Hooks, b: Hooks) -> Bool { a === b || a.onFailure == b.onFailure && a.ping == b.ping }

    /// Over the values.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(onFailure)
        hasher.combine(ping)
    }
}

extension JobPolicies.Values {
    /// Gets a message when it fails, and when that is over; `nil`: nobody.
    public var onFailure: WebURL? {
        get { hooks?.onFailure }
        set { hooks = Hooks(onFailure: newValue, ping: ping) }
    }

    /// Is asked for at each start and end; `nil`: nobody.
    public var ping: WebURL? {
        get { hooks?.ping }
        set { hooks = Hooks(onFailure: onFailure, ping: newValue) }
    }
}
