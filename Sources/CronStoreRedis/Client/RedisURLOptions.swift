/// What stands behind the `?` of a Redis URL.
struct RedisURLOptions {
    var sentinels: Substring?
    var master: String?
    var database: Int?
    var timeout: Duration?
    var waitReplicas = 0
    var authority: String?
    var verification: RedisURL.Verification?
    var certificate: String?
    var key: String?
    var sentinelUser: String?
    var sentinelPassword: RedisSecret?

    var wantsTLS: Bool { authority != nil || verification != nil || certificate != nil || key != nil }

    init(_ query: Substring) throws(RedisURLError) {
        var seen: Set<Substring> = []
        for part in query.split(separator: "&") {
            var name = part
            guard let value = RedisURL.cut(&name, at: "=") else {
                throw RedisURLError("the option \(name.prefix(40))", "it has no value", write: "\(name.prefix(40))=VALUE")
            }
            guard seen.insert(name == "sentinels" ? "sentinel" : name).inserted else {
                throw RedisURLError("the option \(name.prefix(40))", "it is set twice", write: "it once")
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
        case "tls-cert": certificate = try RedisURL.decoded(value, in: "the option tls-cert")
        case "tls-key": key = try RedisURL.decoded(value, in: "the option tls-key")
        case "tls-verify":
            guard let wanted = RedisURL.Verification(rawValue: String(value)) else {
                throw RedisURLError(
                    "the option tls-verify", "\"\(value.prefix(20))\" is not known", write: "tls-verify=full or tls-verify=none")
            }
            verification = wanted
        case "sentinel-user": sentinelUser = try RedisURL.decoded(value, in: "the option sentinel-user")
        case "sentinel-password": try take(.text(try RedisURL.decoded(value, in: "the option sentinel-password")))
        case "sentinel-password-file": try take(.file(path: try RedisURL.decoded(value, in: "the option sentinel-password-file")))
        default:
            throw RedisURLError(
                "the option \(name.prefix(40))", "there is none of that name",
                write:
                    "db, timeout, wait, sentinel, master, sentinel-user, sentinel-password, sentinel-password-file, tls-ca, tls-verify, tls-cert or tls-key"
            )
        }
    }

    private mutating func take(_ password: RedisSecret) throws(RedisURLError) {
        guard sentinelPassword == nil else {
            throw RedisURLError(
                "the option sentinel-password", "the sentinels have two", write: "sentinel-password or sentinel-password-file, once")
        }
        sentinelPassword = password
    }
}
