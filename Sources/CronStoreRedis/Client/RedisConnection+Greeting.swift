internal import NIOCore

extension RedisConnection {
    /// Says who we are and what we want; throws what the server has against it.
    func greet(user: String?, password: String?, database: Int, name: String) async throws(RedisError) -> RedisGreeting {
        var hello = RedisCommand("HELLO", "2")
        if let password { hello.words += ["AUTH", .text(user ?? "default"), .text(password)] }
        hello.words += ["SETNAME", .text(name)]
        var greeting = RedisGreeting()
        let reply = try await send([hello]).first ?? .null
        if case .error(let words) = reply {
            let error = error(words)
            guard error.kind == .refused || error.kind == .forbidden else { throw error }
            try await greetOldServer(user: user, password: password, name: name)
        } else {
            greeting = RedisGreeting(reply)
        }
        var commands = [RedisCommand("PING")]
        if database != 0 { commands.insert(RedisCommand("SELECT", .int(database)), at: 0) }
        for case .error(let words) in try await send(commands) { throw error(words) }
        return greeting
    }

    private func greetOldServer(user: String?, password: String?, name: String) async throws(RedisError) {
        if let password {
            _ = try await call(RedisCommand([.text("AUTH")] + (user.map { [.text($0)] } ?? []) + [.text(password)]))
        }
        _ = try await send([RedisCommand("CLIENT", "SETNAME", .text(name))])
    }
}

/// What a server told about itself.
struct RedisGreeting: Hashable, Sendable {
    var server = "redis"
    var version = ""
    /// `standalone`, `cluster` or `sentinel`.
    var mode = "standalone"
    var isReplica = false

    init() {}

    init(_ reply: RESPValue) {
        for (key, value) in reply.pairs {
            switch key.text {
            case "server": server = value.text ?? server
            case "version": version = value.text ?? version
            case "mode": mode = value.text ?? mode
            case "role": isReplica = value.text == "replica" || value.text == "slave"
            default: break
            }
        }
    }
}
