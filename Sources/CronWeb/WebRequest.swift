public import CronJobs

/// A request to a server: one, on a connection of its own.
public struct WebRequest: Sendable {
    public var url: WebURL
    /// What is asked for: the path and what stands behind it.
    public var target: String
    public var fields: [(name: String, value: String)] = []
    /// Nothing: it is a `GET`, else a `POST`.
    public var body: [UInt8] = []
    /// Instead of the client's.
    public var limit: Duration?

    public init(_ url: WebURL, target: String) { (self.url, self.target) = (url, target) }

    /// As it is written to the server, or to a proxy that is to pass it on.
    func bytes(through proxy: WebURL?) -> [UInt8] {
        let place = proxy == nil ? target : "http://\(url.authority)\(target)"
        var lines = ["\(body.isEmpty ? "GET" : "POST") \(place) HTTP/1.1", "Host: \(url.authority)", "Connection: close", "Accept: */*"]
        if let user = url.user { lines.append("Authorization: Basic \(Base64.text(Array(user.utf8)))") }
        if let user = proxy?.user { lines.append("Proxy-Authorization: Basic \(Base64.text(Array(user.utf8)))") }
        lines += fields.map { "\(Self.plain($0.name)): \(Self.plain($0.value))" }
        if !body.isEmpty { lines.append("Content-Length: \(body.count)") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }

    /// What has a proxy lead to the server.
    func tunnelBytes(through proxy: WebURL) -> [UInt8] {
        var lines = ["CONNECT \(url.host) HTTP/1.1", "Host: \(url.host)"]
        if let user = proxy.user { lines.append("Proxy-Authorization: Basic \(Base64.text(Array(user.utf8)))") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    /// Nothing that ends a line.
    private static func plain(_ text: String) -> String {
        String(decoding: text.utf8.map { (32...126).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}

/// What became of a request.
public enum WebAnswer: Hashable, Sendable {
    /// The server's word on it: `404 Not Found`.
    case status(Int, String, retryAfter: RetryAfter? = nil)
    /// There was none, and why.
    case none(String)
    /// It was not sent: too many names of hosts wait to be looked up.
    case untried
}
