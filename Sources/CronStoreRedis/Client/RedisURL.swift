internal import CronJobs

// redis://[[user]:password@]HOST[:PORT][/DATABASE][?option=value&…]
// rediss:// the same over TLS
// unix:///PATH (or redis+unix://)[?db=DATABASE]
// redis+sentinel://[[user]:password@]HOST:PORT,HOST:PORT/MASTER[/DATABASE]
//
// Options: sentinel=HOST:PORT,… with master=NAME; sentinel-user, sentinel-password or sentinel-password-file; db; timeout=SECONDS;
// wait=REPLICAS; tls-ca=PATH; tls-verify=full|none; tls-cert=PATH with tls-key=PATH.

/// Which Redis, and how to speak to it: a store URL, taken apart. Its description leaves the user info out.
public struct RedisURL: Hashable, Sendable {
    /// Whether the server's certificate is looked at.
    public enum Verification: String, Hashable, Sendable { case full, none }

    /// How a connection is encrypted; where the URL says nothing, by the system's authorities.
    public struct TLS: Hashable, Sendable {
        /// A file of certificates to trust instead of the system's.
        public var authority: String?
        public var verification = Verification.full
        /// What we show to a server that wants to know who we are.
        public var identity: Identity?
    }

    /// Files in PEM: a certificate, with what leads to its authority, and its key.
    public struct Identity: Hashable, Sendable {
        public var certificate: String
        public var key: String
    }

    /// Who is asked where the master is, and by which name.
    public struct Sentinels: Hashable, Sendable {
        public var addresses: [RedisAddress]
        public var master: String
        /// Sentinels have users of their own: those of the server mean nothing to them.
        public var user: String?
        public var password: RedisSecret?
    }

    /// The server; not looked at where sentinels name it.
    public var address: RedisAddress
    public var sentinels: Sentinels?
    public var user: String?
    public var password: String?
    public var database = 0
    public var tls: TLS?
    /// Longest wait for one answer.
    public var timeout = Duration.seconds(2)
    /// How many replicas must have a claim before it is started; 0: none.
    public var waitReplicas = 0

    public init(_ text: String) throws(RedisURLError) {
        var rest = text[...]
        guard let scheme = URLText.cutScheme(&rest) else {
            throw RedisURLError("its beginning", "there is no scheme", write: "redis://HOST, rediss://HOST or unix:///PATH")
        }
        if let fragment = rest.firstIndex(of: "#") {
            throw RedisURLError(
                "#\(rest[rest.index(after: fragment)...].isEmpty ? "" : "…")", "a fragment means nothing here",
                write: "%23 for a # that belongs to a name or password")
        }
        let query = Self.cut(&rest, at: "?")
        if query?.contains("@") == true {
            throw RedisURLError(
                "the user info", "an @ stands behind a ?", write: "%3F for a ? of the password, %40 for an @ of an option")
        }
        var options = try RedisURLOptions(query ?? "")
        switch scheme {
        case "redis": address = .host("", port: 6379)
        case "rediss":
            address = .host("", port: 6379)
            tls = TLS()
        case "unix", "redis+unix": address = .socket(path: "")
        case "redis+sentinel", "rediss+sentinel":
            address = .host("", port: 26379)
            if scheme == "rediss+sentinel" { tls = TLS() }
            try readSentinel(&rest, &options)
            try apply(&options)
            return
        default:
            throw RedisURLError(
                "the scheme", "\"\(scheme.prefix(20))\" is not supported",
                write: "redis://, rediss:// (TLS), unix:// or redis+sentinel://")
        }
        if case .socket = address { try readSocket(&rest) } else { try readServer(&rest) }
        try apply(&options)
    }

    /// Whether a text begins like a URL of ours, be the rest right or wrong.
    public static func hasItsScheme(_ text: String) -> Bool {
        ["redis", "rediss", "unix", "redis+unix", "redis+sentinel", "rediss+sentinel"].contains { text.lowercased().hasPrefix($0 + "://") }
    }

    private mutating func readServer(_ rest: inout Substring) throws(RedisURLError) {
        try readUser(&rest)
        let path = Self.cut(&rest, at: "/")
        guard let found = RedisAddress(rest, defaultPort: 6379) else {
            throw RedisURLError(
                "the host", "\"\(Self.shown(rest))\" is not HOST or HOST:PORT",
                write: "redis://cache.example:6379/0, an IPv6 address in [ ], a password as redis://:PASSWORD@HOST")
        }
        address = found
        if let path { database = try Self.database(path, in: "the path") }
    }

    private mutating func readSocket(_ rest: inout Substring) throws(RedisURLError) {
        if rest.first != "/" { try readUser(&rest) }
        let path = try Self.decoded(rest, in: "the path")
        guard path.hasPrefix("/"), path.utf8.count > 1, path.utf8.count < 108, !path.utf8.contains(0) else {
            throw RedisURLError(
                "the path", "\"\(Self.shown(path[...]))\" names no socket",
                write: "unix:///run/redis.sock, absolute and at most 107 bytes long")
        }
        address = .socket(path: path)
    }

    private mutating func readSentinel(_ rest: inout Substring, _ options: inout RedisURLOptions) throws(RedisURLError) {
        try readUser(&rest)
        var path = Self.cut(&rest, at: "/") ?? ""
        let last = Self.cut(&path, at: "/")
        if !path.isEmpty { options.master = try Self.decoded(path, in: "the master's name") }
        if let last { database = try Self.database(last, in: "the path") }
        options.sentinels = rest
    }

    private mutating func readUser(_ rest: inout Substring) throws(RedisURLError) {
        guard let at = rest.lastIndex(of: "@") else { return }
        var name = rest[..<at]
        rest = rest[rest.index(after: at)...]
        let secret = Self.cut(&name, at: ":")
        user = name.isEmpty ? nil : try Self.decoded(name, in: "the user")
        password = try secret.map { secret throws(RedisURLError) in try Self.decoded(secret, in: "the password") }
        if user != nil, password == nil {
            throw RedisURLError(
                "the user info", "it has a user and no password", write: "redis://:PASSWORD@HOST, or redis://USER:PASSWORD@HOST")
        }
    }

    private mutating func apply(_ options: inout RedisURLOptions) throws(RedisURLError) {
        if let number = options.database { database = number }
        if let timeout = options.timeout { self.timeout = timeout }
        waitReplicas = options.waitReplicas
        try applyTLS(options)
        try applySentinels(options)
    }

    private mutating func applyTLS(_ options: RedisURLOptions) throws(RedisURLError) {
        guard options.wantsTLS else { return }
        guard tls != nil else { throw RedisURLError("the tls- options", "they need TLS", write: "rediss:// instead of redis://") }
        tls?.authority = options.authority
        tls?.verification = options.verification ?? .full
        switch (options.certificate, options.key) {
        case (nil, nil): break
        case (let certificate?, let key?): tls?.identity = Identity(certificate: certificate, key: key)
        default:
            throw RedisURLError(
                "tls-cert and tls-key", "they belong together", write: "tls-cert=PATH&tls-key=PATH; it may be the same file twice")
        }
    }

    private mutating func applySentinels(_ options: RedisURLOptions) throws(RedisURLError) {
        switch (options.sentinels, options.master) {
        case (nil, nil):
            guard options.sentinelUser == nil, options.sentinelPassword == nil else {
                throw RedisURLError("the sentinels", "there are none", write: "redis+sentinel://HOST:26379/NAME")
            }
        case (let list?, let master?):
            let addresses = list.split(separator: ",", omittingEmptySubsequences: false).map { RedisAddress($0, defaultPort: 26379) }
            guard !addresses.contains(nil) else {
                throw RedisURLError(
                    "the sentinels", "\"\(Self.shown(list))\" is no list of HOST:PORT", write: "sentinel=one:26379,two:26379,three:26379")
            }
            guard options.sentinelUser == nil || options.sentinelPassword != nil else {
                throw RedisURLError(
                    "the option sentinel-user", "it has no password", write: "sentinel-user=NAME&sentinel-password-file=PATH")
            }
            sentinels = Sentinels(
                addresses: addresses.compactMap { $0 }, master: master, user: options.sentinelUser, password: options.sentinelPassword)
            if let first = addresses.compactMap({ $0 }).first { address = first }
        default:
            throw RedisURLError(
                "the sentinels", "sentinel and master belong together", write: "?sentinel=HOST:26379,HOST:26379&master=NAME")
        }
    }

    static func cut(_ text: inout Substring, at mark: Character) -> Substring? { URLText.cut(&text, at: mark) }

    private static func shown(_ text: Substring) -> String { URLText.shown(text) }

    static func database(_ text: Substring, in place: String) throws(RedisURLError) -> Int {
        if text.isEmpty { return 0 }
        guard let number = UInt16(text) else {
            throw RedisURLError(place, "\"\(text.prefix(20))\" is no database number", write: "redis://HOST/0; most servers have 0 to 15")
        }
        return Int(number)
    }

    /// Resolves `%XX`. Never quotes `text`: it may be a secret.
    static func decoded(_ text: Substring, in place: String) throws(RedisURLError) -> String {
        guard let found = URLText.decoded(text) else {
            throw RedisURLError(place, "a % is not followed by two hexadecimal digits", write: "%25 for a % itself")
        }
        return found
    }
}

extension RedisURL: CustomStringConvertible {
    /// The URL without user info.
    public var description: String {
        let scheme = tls == nil ? "redis" : "rediss"
        if let sentinels {
            let list = sentinels.addresses.map(\.description).joined(separator: ",")
            return "\(scheme)+sentinel://\(list)/\(sentinels.master)/\(database)"
        }
        if case .socket(let path) = address { return "unix://\(path)?db=\(database)" }
        return "\(scheme)://\(address)/\(database)"
    }
}
