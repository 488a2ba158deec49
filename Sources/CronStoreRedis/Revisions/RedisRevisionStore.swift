public import CronJobs

// The table's past, shared by all nodes of a name. A revision's row holds when, origin, checksum and hash; its files are a list of path and
// content's name; contents are kept once each, by what `redis.sha1hex` makes of them. The checksum covers hash, paths and bytes.
//
//      {cron:NAME}:rev     hash   number ─▶ row
//                  rev:N   list   path, name of its content, …
//                  blob    hash   name ─▶ bytes
//                  meta    hash   revision (the newest number), baseline

/// The revisions of the table `name` on a Redis.
public actor RedisRevisionStore: RevisionStore {
    private let client: RedisClient
    private let prefix: String

    public init(name: String, client: RedisClient) {
        self.client = client
        prefix = "{cron:\(name)}:"
    }

    public func revisions() async throws(StoreError) -> [Revision] {
        let rows = try await call(RedisCommand("HGETALL", .text(prefix + "rev")))
        let revisions = rows.pairs.compactMap { number, row -> Revision? in
            guard let number = number.number, let bytes = row.bytes else { return nil }
            return Self.revision(number, bytes)?.revision
        }
        return revisions.sorted { $0.number < $1.number }
    }

    public func newestRevision() async throws(StoreError) -> Revision? {
        guard let number = try await call(RedisCommand("HGET", .text(prefix + "meta"), "revision")).number else { return nil }
        return try await load(number)?.revision
    }

    /// Throws `corrupt` for a revision that is not intact: its bytes must not be applied.
    public func files(of revision: Int) async throws(StoreError) -> [TableFile]? {
        guard let (found, files) = try await load(Int64(revision)) else { return nil }
        guard found.intact else { throw StoreError(.corrupt, "redis \(client.url): the stored bytes of revision \(revision) are damaged") }
        return files
    }

    public func append(_ files: [TableFile], hash: String, origin: RevisionOrigin, now: WallTime) async throws(StoreError) -> Revision {
        var arguments: [RedisCommand.Word] = [
            .text(hash), .int(now.nanoseconds), .text(origin.rawValue), .text(RevisionSum(hash, files).text),
        ]
        for file in files { arguments += [.text(file.path), .bytes(file.content)] }
        let reply = try await evaluate(.append, arguments).elements ?? []
        guard let number = reply.first?.number, let row = reply.last?.bytes, let made = Self.revision(number, row) else {
            throw StoreError(.corrupt, "redis \(client.url): the newest revision cannot be read")
        }
        return made.revision
    }

    public func baseline() async throws(StoreError) -> String? {
        try await call(RedisCommand("HGET", .text(prefix + "meta"), "baseline")).text
    }

    public func setBaseline(_ hash: String) async throws(StoreError) {
        _ = try await call(RedisCommand("HSET", .text(prefix + "meta"), "baseline", .text(hash)))
    }

    /// A revision with its files; what is missing or was changed makes it not intact.
    private func load(_ number: Int64) async throws(StoreError) -> (revision: Revision, files: [TableFile])? {
        let replies = try await send([
            RedisCommand("HGET", .text(prefix + "rev"), .int(number)), RedisCommand("LRANGE", .text(prefix + "rev:\(number)"), "0", "-1"),
        ])
        guard let row = replies.first?.bytes, let (found, sum) = Self.revision(number, row) else { return nil }
        let names = replies.last?.pairs ?? []
        var contents: [RESPValue] = []
        if !names.isEmpty {
            let command = RedisCommand(["HMGET", .text(prefix + "blob")] + names.map { .bytes($0.value.bytes ?? []) })
            contents = try await call(command).elements ?? []
        }
        let files = zip(names, contents).map { TableFile(path: $0.key.text ?? "", content: $1.bytes ?? []) }
        var revision = found
        revision.intact = found.intact && !contents.contains(.null) && RevisionSum(found.hash, files).text == sum
        return (revision, files)
    }

    private static func revision(_ number: Int64, _ bytes: [UInt8]) -> (revision: Revision, sum: String)? {
        guard let row = RowText(bytes, words: 3), let created = row.time(0), let sum = row.word(2) else { return nil }
        let origin = row.word(1).flatMap { RevisionOrigin(rawValue: $0) }
        let revision = Revision(
            number: Int(number), createdAt: created, origin: origin ?? .deployed, hash: String(decoding: row.rest, as: UTF8.self),
            intact: origin != nil)
        return (revision, sum)
    }

    private func call(_ command: RedisCommand) async throws(StoreError) -> RESPValue { try await send([command]).first ?? .null }

    private func send(_ commands: [RedisCommand]) async throws(StoreError) -> [RESPValue] {
        do throws(RedisError) {
            let connection = try await client.link().connection, replies = try await connection.send(commands)
            for case .error(let words) in replies { throw connection.failure(words) }
            return replies
        } catch { throw StoreError(error) }
    }

    private func evaluate(_ script: RedisScript, _ arguments: [RedisCommand.Word]) async throws(StoreError) -> RESPValue {
        do throws(RedisError) {
            return try await client.link().connection.evaluate(script, key: prefix + "meta", arguments)
        } catch { throw StoreError(error) }
    }
}
