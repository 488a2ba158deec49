internal import CronJobs

/// Through whom servers are reached: as `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` say, in small letters or capitals.
public struct WebProxies: Sendable {
    enum Way: Equatable {
        case straight
        case through(WebURL)
        /// The setting cannot be used.
        case blocked(String)
    }

    private let environment: [String: String]

    public init(_ environment: [String: String]) {
        self.environment = environment.filter { $0.key.lowercased().hasSuffix("_proxy") && !$0.value.isEmpty }
    }

    func way(to url: WebURL) -> Way {
        let names = [url.isSecure ? "https_proxy" : "http_proxy", "all_proxy"]
        guard let (name, text) = names.lazy.compactMap(setting).first, !isExcepted(url.host) else { return .straight }
        // Where there is no scheme, http is meant.
        guard let proxy = WebURL(text.contains("://") ? text : "http://" + text), !proxy.isSecure else {
            return .blocked("\(name) is no http:// proxy")
        }
        return .through(proxy)
    }

    private func setting(_ name: String) -> (name: String, text: String)? {
        for name in [name, name.uppercased()] { if let text = environment[name] { return (name, text) } }
        return nil
    }

    /// A name stands for itself and for all below it.
    private func isExcepted(_ host: HostPort) -> Bool {
        guard let list = setting("no_proxy")?.text else { return false }
        let name = host.host.lowercased()
        return list.split(whereSeparator: { $0 == "," || $0 == " " }).contains { part in
            if part == "*" { return true }
            guard let excepted = HostPort(part.lowercased().drop { $0 == "." || $0 == "*" }, defaultPort: 0) else {
                return part.lowercased() == name  // an IPv6 address without its brackets
            }
            guard excepted.port == 0 || excepted.port == host.port else { return false }
            return name == excepted.host || name.hasSuffix("." + excepted.host)
        }
    }
}
