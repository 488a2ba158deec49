/// What stands behind the `?` of a Redis URL.
struct RedisURLOptions {
    var sentinels: Substring?
    var master: String?
    var database: Int?
    var timeout: Duration?
    var waitReplicas = 0
    var authority: String?
    var verification: RedisURL.Verification?

    init(_ query: Substring) throws(RedisURLError) {
        for part in query.split(separator: "&") {
            var name = part
            guard let value = RedisURL.cut(&name, at: "=") else {
                throw RedisURLError("the option \(name.prefix(40))", "it has no value", write: "\(name.prefix(40))=VALUE")
            }
            try take(name, value)
        }
    }

    private mutating func take(_ name: Substring, _ value: Substring) throws(RedisURLError) {
        switch name {
        case "sentinel", "sentinels": sentinels = Substring(try RedisURL.decoded(value, in: "the option sentinel"))
        case "master":
            master = try RedisURL.decoded(value, in: "the option master")
            if master == "" {
                throw RedisURLError("the option master", "the name is empty", write: "master=NAME, as the sentinels call it")
            }
        case "db": database = try RedisURL.database(value, in: "the option db")
        case "timeout":
            guard let seconds = Double(value), seconds >= 0.05, seconds <= 60 else {
                throw RedisURLError("the option timeout", "\"\(value.prefix(20))\" is not between 0.05 and 60 seconds", write: "timeout=2")
            }
            timeout = .milliseconds(Int(seconds * 1000))
        case "wait":
            guard let count = UInt8(value), count <= 16 else {
                throw RedisURLError("the option wait", "\"\(value.prefix(20))\" is no number of replicas from 0 to 16", write: "wait=1")
            }
            waitReplicas = Int(count)
        case "tls-ca": authority = try RedisURL.decoded(value, in: "the option tls-ca")
        case "tls-verify":
            guard let wanted = RedisURL.Verification(rawValue: String(value)) else {
                throw RedisURLError(
                    "the option tls-verify", "\"\(value.prefix(20))\" is not known", write: "tls-verify=full or tls-verify=none")
            }
            verification = wanted
        default:
            throw RedisURLError(
                "the option \(name.prefix(40))", "there is none of that name",
                write: "db, timeout, wait, sentinel and master, tls-ca or tls-verify")
        }
    }
}
