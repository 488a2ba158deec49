/// On which of the hosts that have the job in their table it runs.
public enum HostPolicy: Hashable, Sendable {
    /// On one of them, each fire time once.
    case any
    /// On each of them: every host has a watermark and a history of its own.
    case all
    /// On the one of this name only. Upper and lower case are the same.
    case named(String)

    /// Whether a host of this name may run the job.
    public func includes(host: String) -> Bool {
        if case .named(let name) = self { name.lowercased() == host.lowercased() } else { true }
    }

    /// The one host's, where it is one.
    public var name: String? { if case .named(let name) = self { name } else { nil } }
}

extension Job {
    /// The host that its line names.
    public var namedHost: String? { policies.values.host.name }
}
