extension RedisConnection {
    /// Runs a script by its hash, and by its text where the server does not have it (any more).
    func evaluate(_ script: RedisScript, key: String, _ arguments: [RedisCommand.Word]) async throws(RedisError) -> RESPValue {
        let rest: [RedisCommand.Word] = ["1", .text(key)] + arguments
        do throws(RedisError) {
            do throws(RedisError) {
                return try await call(RedisCommand(["EVALSHA", .text(script.hash)] + rest))
            } catch {
                guard error.kind == .noScript else { throw error }
                return try await call(RedisCommand(["EVAL", .text(script.source)] + rest))
            }
        } catch { throw script.naming(error, key: key) }
    }

    /// The replies; the first error among them is thrown.
    func all(_ commands: [RedisCommand]) async throws(RedisError) -> [RESPValue] {
        let replies = try await send(commands)
        for case .error(let words) in replies { throw failure(words) }
        return replies
    }
}

extension RedisScript {
    /// The error of this script with the command in front that was refused, or the key that it cannot be used on.
    ///
    /// - Parameter key: that of the script, after which the others are named.
    func naming(_ error: RedisError, key: String) -> RedisError {
        let subject: String?
        switch error.kind {
        case .forbidden: subject = commands(namedBy: error.words)
        case .wrongType: subject = keys(namedBy: error.words, beside: key)
        default: subject = nil
        }
        return subject.map { RedisError(error.kind, error.server, "\($0): \(error.words)") } ?? error
    }

    /// A server that refuses a command inside a script names only the script's line: the commands that stand there, `nil` where none does.
    func commands(namedBy words: String) -> String? {
        let found = calls(namedBy: words).map { String($0.command) }
        return found.isEmpty ? nil : found.joined(separator: " or ")
    }

    /// The keys of the commands that stand there, as far as the line tells: what follows from a job is `…`.
    func keys(namedBy words: String, beside key: String) -> String? {
        let prefix = key.hasSuffix("meta") ? String(key.dropLast(4)) : key
        var found: [String] = []
        for call in calls(namedBy: words) {
            guard let name = Self.key(call.argument), !found.contains(prefix + name) else { continue }
            found.append(prefix + name)
        }
        return found.isEmpty ? nil : found.joined(separator: " or ")
    }

    /// `RUNS`, `P..'rows:'..job` and the like: scripts call most keys by their names in capitals.
    private static func key(_ argument: Substring) -> String? {
        if argument.hasPrefix("P..'") {
            let name = argument.dropFirst(4).prefix { $0 != "'" }
            return argument.dropFirst(5 + name.count).isEmpty ? String(name) : "\(name)…"
        }
        let name = argument.prefix { $0.isUppercase }, rest = argument.dropFirst(name.count)
        switch (name, rest) {
        case ("", _): return argument == "unpack" ? "hist:…" : nil
        case ("LIST", ""): return "rev:…"
        case ("AT", ""): return "base:at"
        case ("HIST", _): return "hist:…"
        default: return rest.isEmpty ? name.lowercased() : nil
        }
    }

    /// The calls on the line of the script that an error names.
    private func calls(namedBy words: String) -> [(command: Substring, argument: Substring)] {
        let mark = "@user_script:"
        guard let place = words.split(separator: " ").last(where: { $0.hasPrefix(mark) }),
            let number = Int(place.dropFirst(mark.count).prefix { $0.isNumber })
        else { return [] }
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.indices.contains(number - 1) else { return [] }
        return lines[number - 1].split(separator: "(").compactMap { part in
            guard part.first == "'" else { return nil }
            let name = part.dropFirst().prefix { $0.isUppercase }
            guard !name.isEmpty, part.dropFirst(1 + name.count).first == "'" else { return nil }
            return (name, part.dropFirst(2 + name.count).drop { $0 == "," || $0 == " " }.prefix { $0 != "," && $0 != ")" })
        }
    }
}
