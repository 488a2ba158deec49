internal import CronJobs
internal import CronStoreRedis
internal import Testing

/// What somebody with the server's password can do to revisions.
@Suite(.serialized, .realTime) struct RedisRevisionsTests {
    private let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
    private let table = [TableFile(path: "/etc/crontab", content: Array("* * * * * root true\n".utf8))]

    private func append(_ files: [TableFile], _ hash: String, to store: RedisRevisionStore) async throws -> Revision {
        try await store.append(files, hash: hash, origin: .edited, now: now)
    }

    @Test func bytesThatWereDamagedAreGoodAgainOnceTheirContentIsPublishedAnew() async throws {
        let server = try RedisServer(), client = try server.client(), store = RedisRevisionStore(name: "test", client: client)
        _ = try await append(table, "h", to: store)
        let blob = try await client.raw("LINDEX", "{cron:test}:rev:1", "1")
        _ = try await client.raw("HSET", "{cron:test}:blob", blob, "evil")
        #expect(try await store.newestRevision()?.intact == false)
        #expect(try await append(table, "h", to: store).number == 2)
        #expect(try await store.files(of: 2) == table)
        #expect(try await store.files(of: 1) == table, "it is the same content")
    }

    @Test func aRevisionThatIsMissingPartsIsNotIntact() async throws {
        let server = try RedisServer(), client = try server.client(), store = RedisRevisionStore(name: "test", client: client)
        _ = try await append(table, "h", to: store)
        _ = try await client.raw("RPUSH", "{cron:test}:rev:1", "/etc/cron.d/half")
        #expect(try await store.revision(1)?.intact == false)
        _ = try await client.raw("DEL", "{cron:test}:rev:1")
        #expect(try await store.revision(1)?.intact == false)
        _ = try await append(table, "i", to: store)
        _ = try await client.raw("DEL", "{cron:test}:blob")
        #expect(try await store.revision(2)?.intact == false)
    }

    @Test func aHugeRevisionIsNeverFetched() async throws {
        let server = try RedisServer(), client = try server.client(), store = RedisRevisionStore(name: "test", client: client)
        _ = try await append(table, "h", to: store)
        // One blob of 2 MiB, named by many files.
        _ = try await client.raw(
            "EVAL",
            """
            redis.call('HSET', '{cron:test}:blob', 'big', string.rep('x', 2 * 1048576))
            for i = 1, 1000 do redis.call('RPUSH', '{cron:test}:rev:1', '/etc/cron.d/' .. i, 'big') end
            """, "0")
        #expect(try await store.newestRevision()?.intact == false)
        await #expect(throws: StoreError.self) { _ = try await store.files(of: 1) }
        _ = try await client.raw("EVAL", "for i = 1, 20000 do redis.call('RPUSH', '{cron:test}:rev:1', '', '') end", "0")
        #expect(try await store.newestRevision()?.intact == false)
        #expect(try await append(table, "h", to: store).number == 2)
    }

    @Test func aTableThatIsTooLargeIsNotPublished() async throws {
        let server = try RedisServer(), store = RedisRevisionStore(name: "test", client: try server.client())
        let large = (0..<5).map { TableFile(path: "/etc/cron.d/\($0)", content: Array(repeating: 35, count: 14 << 20)) }
        await #expect(throws: StoreError.self) { _ = try await append(large, "h", to: store) }
        #expect(try await append(Array(large.prefix(4)), "h", to: store).number == 1)
        #expect(try await store.files(of: 1)?.count == 4)
    }

    @Test func whatTheVersionBeforeKeptIsTakenOver() async throws {
        let server = try RedisServer(), client = try server.client(), store = RedisRevisionStore(name: "test", client: client)
        let terms = RevisionTerms(base: "this version's", host: "web-0", author: "uid 0")
        _ = try await store.append(table, hash: "h", origin: .edited, now: now, terms: terms)
        // Without what it did not write.
        _ = try await client.raw("DEL", "{cron:test}:more")
        _ = try await client.raw("HDEL", "{cron:test}:meta", "deployment")
        _ = try await client.raw("HSET", "{cron:test}:meta", "baseline", "h 1:2:3:4")
        let revision = try #require(try await store.newestRevision())
        #expect(revision.intact && revision.host == nil && revision.author == nil)
        #expect(try await store.files(of: 1) == table)
        #expect(try await store.bases(of: "web-0") == StoredBases(earlier: "h 1:2:3:4"))
        _ = try await client.raw("HSET", "{cron:test}:more", "1", "no details\nof ours\n644 x")
        #expect(try await store.newestRevision()?.intact == true)
    }

    @Test func numbersThatAreNoneEndInAnErrorOfTheStore() async throws {
        let server = try RedisServer(), client = try server.client(), store = RedisRevisionStore(name: "test", client: client)
        _ = try await append(table, "h", to: store)
        _ = try await client.raw("HSET", "{cron:test}:meta", "revision", "many")
        #expect(try await store.standing(of: 1) == RevisionStanding(newest: nil, hash: "h"))
        await #expect(throws: StoreError.self) { _ = try await append(table, "i", to: store) }
        _ = try await client.raw("HSET", "{cron:test}:meta", "revision", "9223372036854775807")
        await #expect(throws: StoreError.self) { _ = try await append(table, "i", to: store) }
    }
}
