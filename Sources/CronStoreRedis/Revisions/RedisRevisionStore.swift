public import CronJobs

// The table's past, shared by all nodes of a name. A revision's row holds when, origin, checksum and hash; its files are a list of path and
// content's name; contents are kept once each, by what `redis.sha1hex` makes of them. The checksum covers hash, paths and bytes.
//
//      {cron:NAME}:rev     hash   number ─▶ row
//                  rev:N   list   path, name of its content, …
//                  sig     hash   number ─▶ signature, where there is one
//                  blob    hash   name ─▶ bytes
//                  seed    string weight and text of what drawn times come from
//                  more    hash   number ─▶ host and author, then a line of attributes for each file
//                  base    hash   host ─▶ what its services found and left
//                  base:at zset   host ─▶ when that was set
//                  meta    hash   revision (the newest number), deployment (what the newest deployment found), baseline (the first version's)
//
// A signature covers its revision's number, so the number must be known before the revision is written: the script appends only if the newest
// number is still the one that was read.

/// The revisions of the table `name` on a Redis.
public actor RedisRevisionStore: RevisionStore {
    private let client: RedisClient
    private let prefix: String

    public init(name: String, client: RedisClient) {
        self.client = client
        prefix = "{cron:\(name)}:"
    }

    /// Oldest first, without their files.
    public func revisions() async throws(StoreError) -> [Revision] {
        let replies = try await send(["rev", "sig", "more"].map { RedisCommand("HGETALL", .text(prefix + $0)) })
        guard replies.count == 3 else { return [] }
        let signatures = Self.texts(replies[1]), details = Self.texts(replies[2])
        let revisions = (replies.first?.pairs ?? []).compactMap { number, row -> Revision? in
            guard let number = number.number, let bytes = row.bytes else { return nil }
            return Self.revision(number, bytes, signature: signatures[number], RevisionDetails(details[number]))?.revision
        }
        return revisions.sorted { $0.number < $1.number }
    }

    private static func texts(_ reply: RESPValue) -> [Int64: String] {
        var texts: [Int64: String] = [:]
        for (number, text) in reply.pairs { if let number = number.number { texts[number] = text.text } }
        return texts
    }

    /// `nil` as long as nothing was published, and after a loss until a service publishes again.
    public func newestRevision() async throws(StoreError) -> Revision? {
        guard let number = try await newestNumber() else { return nil }
        return try await load(Int64(number))?.revision
    }

    /// One small question.
    public func newestNumber() async throws(StoreError) -> Int? {
        try await call(RedisCommand("HGET", .text(prefix + "meta"), "revision")).number.map { Int($0) }
    }

    /// Number and hash in one question.
    public func standing(of number: Int) async throws(StoreError) -> RevisionStanding {
        let replies = try await send([
            RedisCommand("HGET", .text(prefix + "meta"), "revision"), RedisCommand("HGET", .text(prefix + "rev"), .int(number)),
        ])
        let there = replies.last?.bytes.flatMap { Self.revision(Int64(number), $0, signature: nil)?.revision.hash }
        return RevisionStanding(newest: replies.first?.number.map { Int($0) }, hash: there)
    }

    /// Without its files.
    public func revision(_ number: Int) async throws(StoreError) -> Revision? { try await load(Int64(number))?.revision }

    /// Throws `corrupt` for a revision that is not intact: its bytes must not be applied.
    public func files(of revision: Int) async throws(StoreError) -> [TableFile]? {
        guard let (found, files) = try await load(Int64(revision)) else { return nil }
        guard found.intact else { throw StoreError(.corrupt, "redis \(client.url): the stored bytes of revision \(revision) are damaged") }
        return files
    }

    /// Compares the newest number and writes in one script; asked again where another service was faster.
    public func append(
        _ files: [TableFile], hash: String, origin: RevisionOrigin, now: WallTime, terms: RevisionTerms
    ) async throws(StoreError) -> Revision {
        let size = files.reduce(0) { $0 + $1.path.utf8.count + $1.content.count }
        guard size <= Self.mostBytes, files.count <= Self.mostFiles else {
            throw StoreError(.full, "the table has \(files.count) files and \(size) bytes: at most \(Self.mostFiles) and 64 MiB are kept")
        }
        var terms = terms
        for _ in 0..<Self.tries {
            let newest = try await newestNumber()
            try terms.check(newest: newest)
            // The bytes count, not what is said of them.
            if let newest, let (revision, there) = try await load(Int64(newest)), terms.isMet(by: revision, hash: hash), there == files {
                return revision
            }
            guard let number = terms.number(after: newest) else {
                throw StoreError(.corrupt, "redis \(client.url): the stored revision number cannot grow any more")
            }
            let revision = Revision(
                number: number, createdAt: now, origin: origin, hash: hash, signature: terms.signer?.signature(number: number, hash: hash),
                host: terms.host, author: terms.author)
            switch try await evaluate(.append, Self.arguments(revision, files, after: newest ?? 0, base: terms.base)).number {
            case 1: return revision
            case 0: continue
            // The newest number is less than it was.
            default: terms.seen = try await revisions().last?.number ?? number
            }
        }
        throw StoreError(.unavailable, "redis \(client.url): too many revisions are appended at once, or \(prefix)meta is damaged")
    }

    private static let tries = 100
    /// Of one revision: whoever writes to the server must not fill our memory.
    private static let mostBytes = 64 << 20, mostFiles = 10_000

    private static func arguments(_ revision: Revision, _ files: [TableFile], after newest: Int, base: String?) -> [RedisCommand.Word] {
        var arguments: [RedisCommand.Word] = [
            .int(newest), .int(revision.number), .text(revision.signature ?? ""), .int(revision.createdAt.nanoseconds),
            .text(revision.origin.rawValue), .text(RevisionSum(revision.hash, files).text), .text(revision.hash),
            .text(base ?? ""), .text(RevisionDetails(revision, files).text),
        ]
        for file in files { arguments += [.text(file.path), .bytes(file.content)] }
        return arguments
    }

    /// Read, and written again: of two services that note at once one is heard.
    public func note(_ attributes: [String: FileAttributes], of revision: Int) async throws(StoreError) {
        guard let (found, files) = try await load(Int64(revision)) else { return }
        let details = RevisionDetails(found, files.with(attributes))
        _ = try await call(RedisCommand("HSET", .text(prefix + "more"), .int(revision), .text(details.text)))
    }

    /// As they were set: nobody reads them here.
    public func bases(of host: String) async throws(StoreError) -> StoredBases {
        let replies = try await send([
            RedisCommand("HGET", .text(prefix + "base"), .text(host)),
            RedisCommand("HMGET", .text(prefix + "meta"), "deployment", "baseline"),
        ])
        let meta = replies.last?.elements ?? []
        return StoredBases(host: replies.first?.text, deployment: meta.first?.text, earlier: meta.last?.text)
    }

    /// Forgets hosts beyond number and age (`StoredBases`) in the same script.
    public func setBase(_ text: String, of host: String, now: WallTime) async throws(StoreError) {
        let seconds = now.nanoseconds / 1_000_000_000
        _ = try await evaluate(
            .base,
            [
                .text(host), .int(seconds), .text(text), .int(seconds - StoredBases.longest.components.seconds),
                .int(StoredBases.mostHosts),
            ])
    }

    /// `nil` where none was kept, or the server lost it.
    public func seed() async throws(StoreError) -> TableSeed? {
        try await call(RedisCommand("GET", .text(prefix + "seed"))).text.flatMap { TableSeed(stored: $0) }
    }

    /// In one script: any that is there stays, and is answered.
    public func offer(_ seed: TableSeed) async throws(StoreError) -> TableSeed { try await store(seed, "offer") }

    /// In one script: of several the heaviest stays, and is answered.
    public func keep(_ seed: TableSeed) async throws(StoreError) -> TableSeed { try await store(seed, "keep") }

    private func store(_ seed: TableSeed, _ how: String) async throws(StoreError) -> TableSeed {
        let known = try await evaluate(.keepSeed, [.int(seed.weight), .text(seed.text), .text(how)]).text.flatMap { TableSeed(stored: $0) }
        if let known { return known }
        // What stands there is no seed.
        _ = try await call(RedisCommand("SET", .text(prefix + "seed"), .text(seed.stored)))
        return seed
    }

    /// A revision with its files; what is missing, was changed or is too much makes it not intact.
    private func load(_ number: Int64) async throws(StoreError) -> (revision: Revision, files: [TableFile])? {
        let reply = try await evaluate(.load, [.int(number), .int(Self.mostBytes), .int(Self.mostFiles)]).elements ?? []
        guard reply.count >= 3, let row = reply[0].bytes else { return nil }
        let details = RevisionDetails(reply[2].text)
        guard let (found, sum) = Self.revision(number, row, signature: reply[1].text, details) else { return nil }
        let contents = RESPValue.array(Array(reply.dropFirst(3))).pairs
        let files = contents.enumerated().map { index, pair in
            TableFile(path: pair.key.text ?? "", content: pair.value.bytes ?? [], attributes: details.attributes(of: index))
        }
        var revision = found
        revision.intact =
            found.intact && reply.count % 2 == 1 && !contents.contains { $0.value == .null } && RevisionSum(found.hash, files).text == sum
        return (revision, files)
    }

    private static func revision(
        _ number: Int64, _ bytes: [UInt8], signature: String?, _ details: RevisionDetails = RevisionDetails(nil)
    ) -> (revision: Revision, sum: String)? {
        guard let row = RowText(bytes, words: 3), let created = row.time(0), let sum = row.word(2) else { return nil }
        let origin = row.word(1).flatMap { RevisionOrigin(rawValue: $0) }
        let revision = Revision(
            number: Int(number), createdAt: created, origin: origin ?? .deployed, hash: String(decoding: row.rest, as: UTF8.self),
            intact: origin != nil, signature: signature, host: details.host, author: details.author)
        return (revision, sum)
    }

    private func call(_ command: RedisCommand) async throws(StoreError) -> RESPValue { try await send([command]).first ?? .null }

    private func send(_ commands: [RedisCommand]) async throws(StoreError) -> [RESPValue] {
        do throws(RedisError) {
            return try await client.following { link async throws(RedisError) in try await link.connection.all(commands) }
        } catch { throw StoreError(error) }
    }

    private func evaluate(_ script: RedisScript, _ arguments: [RedisCommand.Word]) async throws(StoreError) -> RESPValue {
        let key = prefix + "meta"
        do throws(RedisError) {
            return try await client.following { link async throws(RedisError) in
                try await link.connection.evaluate(script, key: key, arguments)
            }
        } catch { throw StoreError(error) }
    }
}
