/// An `http://` or `https://` URL, taken apart. Its description leaves out all that may be a secret: user info, path and query.
public struct WebURL: Hashable, Sendable {
    public static let longest = 2000

    public let isSecure: Bool
    public let host: HostPort
    /// With a slash at its beginning.
    public let path: String
    /// What stands behind the `?`.
    public let query: String?
    /// `USER:PASSWORD`, with nothing encoded.
    public let user: String?

    /// `nil` for anything else, and for what could not stand on one line of a request.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.longest, text.utf8.allSatisfy({ (33...126).contains($0) }), !text.contains("#") else { return nil }
        var rest = text[...]
        guard let scheme = URLText.cutScheme(&rest), scheme == "http" || scheme == "https" else { return nil }
        isSecure = scheme == "https"
        query = URLText.cut(&rest, at: "?").map { String($0) }
        path = "/" + (URLText.cut(&rest, at: "/") ?? "")
        if let at = rest.lastIndex(of: "@") {
            guard let decoded = URLText.decoded(rest[..<at]) else { return nil }
            user = decoded
            rest = rest[rest.index(after: at)...]
        } else {
            user = nil
        }
        guard let host = HostPort(rest, defaultPort: isSecure ? 443 : 80), host.host.utf8.allSatisfy(Self.isHostByte) else { return nil }
        self.host = host
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || ".-_:".utf8.contains(byte)
    }

    /// What a request says whom it is for: the port only where it is another than the scheme's.
    public var authority: String {
        let name = host.host.contains(":") ? "[\(host.host)]" : host.host
        return host.port == (isSecure ? 443 : 80) ? name : "\(name):\(host.port)"
    }
}

extension WebURL: CustomStringConvertible {
    /// Scheme and host.
    public var description: String { "\(isSecure ? "https" : "http")://\(authority)" }
}
