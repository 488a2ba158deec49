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
        } catch { throw script.naming(error) }
    }

    /// The replies; the first error among them is thrown.
    func all(_ commands: [RedisCommand]) async throws(RedisError) -> [RESPValue] {
        let replies = try await send(commands)
        for case .error(let words) in replies { throw failure(words) }
        return replies
    }
}

extension RedisScript {
    /// The error of this script with the command in front that was refused.
    func naming(_ error: RedisError) -> RedisError {
        guard error.kind == .forbidden, let command = commands(namedBy: error.words) else { return error }
        return RedisError(.forbidden, error.server, "\(command): \(error.words)")
    }

    /// A server that refuses a command inside a script names only the script's line: the commands that stand there, `nil` where none does.
    func commands(namedBy words: String) -> String? {
        let mark = "@user_script:"
        guard let place = words.split(separator: " ").last(where: { $0.hasPrefix(mark) }),
            let number = Int(place.dropFirst(mark.count).prefix { $0.isNumber })
        else { return nil }
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.indices.contains(number - 1) else { return nil }
        let found = lines[number - 1].split(separator: "(").compactMap { part -> String? in
            guard part.first == "'" else { return nil }
            let name = part.dropFirst().prefix { $0.isUppercase }
            return name.isEmpty || part.dropFirst(1 + name.count).first != "'" ? nil : String(name)
        }
        return found.isEmpty ? nil : found.joined(separator: " or ")
    }
}
