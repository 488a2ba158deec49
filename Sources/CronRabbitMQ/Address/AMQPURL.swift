public import CronJobs

// amqp://[USER[:PASSWORD]@]HOST[:PORT][,HOST[:PORT]…][/VHOST][?option=value&…]
// amqps:// the same over TLS
//
// Without user info: guest, as brokers have it for connections from their own machine. Without a vhost, or with nothing behind the slash: `/`.
// Options: heartbeat=SECONDS, timeout=SECONDS, confirm=SECONDS; tls-ca=PATH; tls-verify=full|none; tls-cert=PATH with tls-key=PATH.

/// Which brokers, and how to speak to them: a URL, taken apart. Its description leaves the user info out.
public struct AMQPURL: Hashable, Sendable {
    public enum Verification: String, Hashable, Sendable { case full, none }

    public struct TLS: Hashable, Sendable {
        /// A file of certificates to trust instead of the system's.
        public var authority: String?
        public var verification = Verification.full
        /// What we show to a broker that wants to know who we are.
        public var identity: Identity?
    }

    /// Files in PEM: a certificate, with what leads to its authority, and its key.
    public struct Identity: Hashable, Sendable {
        public var certificate: String
        public var key: String
    }

    /// At least one; they are tried in order.
    public private(set) var hosts: [HostPort] = []
    public var user = "guest"
    public var password = "guest"
    public var virtualHost = "/"
    public var tls: TLS?
    /// How often broker and client hear of each other at least; 0 is never.
    public var heartbeat = 60
    /// Longest wait for a connection, and for an answer of the broker.
    public var timeout = Duration.seconds(10)
    /// Longest wait for the confirm of a message.
    public var confirm = Duration.seconds(30)

    public init(_ text: String) throws(AMQPURLError) {
        var rest = text[...]
        guard let scheme = URLText.cutScheme(&rest) else {
            throw AMQPURLError("its beginning", "there is no scheme", write: "amqp://HOST or amqps://HOST")
        }
        guard scheme == "amqp" || scheme == "amqps" else {
            throw AMQPURLError("the scheme", "\"\(scheme.prefix(20))\" is not supported", write: "amqp:// or amqps:// (TLS)")
        }
        if scheme == "amqps" { tls = TLS() }
        guard !rest.contains("#") else {
            throw AMQPURLError("#…", "a fragment means nothing here", write: "%23 for a # that belongs to a name or password")
        }
        let query = URLText.cut(&rest, at: "?")
        guard query?.contains("@") != true else {
            throw AMQPURLError("the user info", "an @ stands behind a ?", write: "%3F for a ? of the password, %40 for an @ of an option")
        }
        try readUser(&rest)
        if let path = URLText.cut(&rest, at: "/"), !path.isEmpty {
            guard !path.contains("/") else {
                throw AMQPURLError("the vhost", "there is a second slash", write: "%2F for a / of its name: amqp://HOST/%2Fteam")
            }
            virtualHost = try Self.decoded(path, in: "the vhost")
        }
        try readHosts(rest)
        try AMQPURLOptions.read(query ?? "", into: &self)
    }

    private mutating func readUser(_ rest: inout Substring) throws(AMQPURLError) {
        guard let at = rest.lastIndex(of: "@") else { return }
        var name = rest[..<at]
        rest = rest[rest.index(after: at)...]
        let secret = URLText.cut(&name, at: ":")
        guard let secret, !name.isEmpty else {
            throw AMQPURLError("the user info", "it lacks the user or the password", write: "amqp://USER:PASSWORD@HOST")
        }
        guard !secret.contains("@") else {
            throw AMQPURLError(
                "the user info", "there is a second @",
                write: "%40 for an @ of the password; several hosts behind one user, as amqp://USER:PASSWORD@HOST,HOST")
        }
        user = try Self.decoded(name, in: "the user")
        password = try Self.decoded(secret, in: "the password")
    }

    private mutating func readHosts(_ list: Substring) throws(AMQPURLError) {
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            guard let found = HostPort(part, defaultPort: tls == nil ? 5672 : 5671) else {
                throw AMQPURLError(
                    "the host", "\"\(URLText.shown(part))\" is not HOST or HOST:PORT",
                    write: "amqp://mq.example:5672/VHOST, an IPv6 address in [ ], a password as amqp://USER:PASSWORD@HOST")
            }
            hosts.append(found)
        }
    }

    /// Resolves `%XX`. Never quotes `text`: it may be a secret. C reads it up to a zero byte, so there must be none.
    static func decoded(_ text: Substring, in place: String) throws(AMQPURLError) -> String {
        guard let found = URLText.decoded(text) else {
            throw AMQPURLError(place, "a % is not followed by two hexadecimal digits", write: "%25 for a % itself")
        }
        guard !found.utf8.contains(0) else { throw AMQPURLError(place, "there is a zero byte in it", write: "it without %00") }
        return found
    }
}

extension AMQPURL: CustomStringConvertible {
    /// The URL without user info and options.
    public var description: String { "\(tls == nil ? "amqp" : "amqps")://\(hosts.map(\.description).joined(separator: ","))\(path)" }

    /// The same with one of the hosts.
    func description(of host: HostPort) -> String { "\(tls == nil ? "amqp" : "amqps")://\(host)\(path)" }

    private var path: String { virtualHost == "/" ? "" : "/" + virtualHost }
}
