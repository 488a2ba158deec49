internal import CronJobs

/// What stands behind the `?` of an AMQP URL.
struct AMQPURLOptions {
    private var authority: String?
    private var verification: AMQPURL.Verification?
    private var certificate: String?
    private var key: String?

    private var wantsTLS: Bool { authority != nil || verification != nil || certificate != nil || key != nil }

    static func read(_ query: Substring, into url: inout AMQPURL) throws(AMQPURLError) {
        var options = AMQPURLOptions()
        for part in query.split(separator: "&") {
            var name = part
            guard let value = URLText.cut(&name, at: "=") else {
                throw AMQPURLError("the option \(name.prefix(40))", "it has no value", write: "\(name.prefix(40))=VALUE")
            }
            try options.take(name, value, &url)
        }
        try options.applyTLS(to: &url)
    }

    private mutating func take(_ name: Substring, _ value: Substring, _ url: inout AMQPURL) throws(AMQPURLError) {
        switch name {
        case "heartbeat":
            guard let seconds = UInt16(value), seconds <= 600 else {
                throw AMQPURLError(
                    "the option heartbeat", "\"\(value.prefix(20))\" is not between 0 and 600 seconds", write: "heartbeat=60")
            }
            url.heartbeat = Int(seconds)
        case "timeout": url.timeout = try Self.seconds(value, of: "timeout", atMost: 60)
        case "confirm": url.confirm = try Self.seconds(value, of: "confirm", atMost: 3600)
        case "tls-ca": authority = try AMQPURL.decoded(value, in: "the option tls-ca")
        case "tls-cert": certificate = try AMQPURL.decoded(value, in: "the option tls-cert")
        case "tls-key": key = try AMQPURL.decoded(value, in: "the option tls-key")
        case "tls-verify":
            guard let wanted = AMQPURL.Verification(rawValue: String(value)) else {
                throw AMQPURLError(
                    "the option tls-verify", "\"\(value.prefix(20))\" is not known", write: "tls-verify=full or tls-verify=none")
            }
            verification = wanted
        default:
            throw AMQPURLError(
                "the option \(name.prefix(40))", "there is none of that name",
                write: "heartbeat, timeout, confirm, tls-ca, tls-verify, tls-cert or tls-key")
        }
    }

    private static func seconds(_ value: Substring, of option: String, atMost most: Double) throws(AMQPURLError) -> Duration {
        guard let seconds = Double(value), seconds >= 0.05, seconds <= most else {
            throw AMQPURLError(
                "the option \(option)", "\"\(value.prefix(20))\" is not between 0.05 and \(Int(most)) seconds", write: "\(option)=10")
        }
        return .milliseconds(Int(seconds * 1000))
    }

    private func applyTLS(to url: inout AMQPURL) throws(AMQPURLError) {
        guard wantsTLS else { return }
        guard url.tls != nil else { throw AMQPURLError("the tls- options", "they need TLS", write: "amqps:// instead of amqp://") }
        url.tls?.authority = authority
        url.tls?.verification = verification ?? .full
        switch (certificate, key) {
        case (nil, nil): break
        case (let certificate?, let key?): url.tls?.identity = AMQPURL.Identity(certificate: certificate, key: key)
        default:
            throw AMQPURLError(
                "tls-cert and tls-key", "they belong together", write: "tls-cert=PATH&tls-key=PATH; it may be the same file twice")
        }
    }
}
