/// Where a server listens.
public enum RedisAddress: Hashable, Sendable {
    case host(String, port: Int)
    case socket(path: String)
}

extension RedisAddress: CustomStringConvertible {
    public var description: String {
        switch self {
        case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .socket(let path): path
        }
    }

    /// Reads `HOST`, `HOST:PORT` and `[IPv6]:PORT`; `nil` for anything else.
    init?(_ text: Substring, defaultPort: Int) {
        var host = text, rest = Substring()
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            rest = text[colon...]
        }
        guard !host.isEmpty, !host.utf8.contains(0) else { return nil }
        if rest.isEmpty {
            self = .host(String(host), port: defaultPort)
        } else {
            guard rest.first == ":", let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
            self = .host(String(host), port: Int(port))
        }
    }
}
