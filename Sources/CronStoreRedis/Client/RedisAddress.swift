internal import CronJobs

/// Where a server listens.
public enum RedisAddress: Hashable, Sendable {
    case host(String, port: Int)
    case socket(path: String)
}

extension RedisAddress: CustomStringConvertible {
    public var description: String {
        switch self {
        case .host(let host, let port): HostPort(host: host, port: port).description
        case .socket(let path): path
        }
    }

    /// Reads `HOST`, `HOST:PORT` and `[IPv6]:PORT`; `nil` for anything else.
    init?(_ text: Substring, defaultPort: Int) {
        guard let found = HostPort(text, defaultPort: defaultPort) else { return nil }
        self = .host(found.host, port: found.port)
    }
}
