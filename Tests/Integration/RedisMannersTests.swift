internal import CronExpressions
internal import CronJobs
@testable internal import CronStoreRedis
internal import CronTesting
internal import Glibc
internal import Testing

@Suite("Manners towards a Redis that says no", .serialized, .realTime) struct RedisMannersTests {
    private static let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    @Test("As many clients as it may have: named, and worth waiting for") func clients() async throws {
        let server = try RedisServer(["--maxclients", "2"]), holders = [try server.client(), try server.client()]
        for holder in holders { try await holder.connect() }
        let error = try await failure(server.url)
        #expect(error.kind == .tooManyClients && error.isTransient, "\(error)")
        #expect(error.description.contains("maxclients"))
        await holders[0].close()
        _ = try await again { try await server.client().connect() }
    }

    @Test("A command that is refused inside a script is named") func refused() async throws {
        let server = try RedisServer()
        _ = try await server.client().raw("ACL", "SETUSER", "u", "on", ">p", "~*", "+@all", "-zadd", "-hget")
        let ledger = try quickLedger("unix://u:p@\(server.socket)")
        do {
            _ = try await ledger.open(bootID: "boot", now: Self.now)
            Issue.record("opened")
        } catch { #expect(error.message.contains("HGET"), "\(error)") }
        #expect(
            RedisScript("a\nlocal x = call('HGET', k) or call('HSET', k)\n").commands(namedBy: "no, on @user_script:2.") == "HGET or HSET")
        for words in ["no", "@user_script:", "@user_script:1.", "@user_script:99", "@user_script:-1"] {
            #expect(RedisScript("a\ncall('HGET')").commands(namedBy: words) == nil)
        }
    }

    @Test("A skip that is refused halfway is entered once it is allowed", arguments: ["zadd", "sadd", "hset", "hdel"])
    func refusedSkip(_ command: String) async throws {
        let server = try RedisServer(), admin = try server.client(), time = Self.now.instant
        _ = try await admin.raw("ACL", "SETUSER", "u", "on", ">p", "~*", "+@all")
        let ledger = try quickLedger("unix://u:p@\(server.socket)")
        _ = try await ledger.open(bootID: "boot", now: Self.now)
        func skip(_ job: JobID) -> Skip { Skip(job: job, first: time, last: time + 9, count: 3, outcome: .missed(3), since: time - 1) }
        try await ledger.skip([skip(JobID("before"))], now: Self.now)
        let job = JobID("a")
        _ = try await admin.raw("ACL", "SETUSER", "u", "-\(command)")
        await #expect(throws: StoreError.self) { try await ledger.skip([skip(job)], now: Self.now) }
        _ = try await admin.raw("ACL", "SETUSER", "u", "+\(command)")
        try await ledger.skip([skip(job)], now: Self.now)
        try await #expect(ledger.history(of: job, limit: 9).map(\.outcome) == [.missed(3)])
        try await #expect(ledger.watermarks()[job] == time + 9)
    }

    @Test("A key of the wrong type is named, and is no matter of reaching the server") func wrongType() async throws {
        let server = try RedisServer(), admin = try server.client()
        let ledger = try quickLedger("unix://\(server.socket)")
        _ = try await ledger.open(bootID: "boot", now: Self.now)
        _ = try await admin.raw("SET", "{cron:test}:mark", "junk")
        let time = Self.now.instant, run = RunID(job: JobID("a"), .scheduled(time))
        do {
            _ = try await ledger.claim([Claim(run: run, trigger: .scheduled, first: time, since: Instant(0))], now: Self.now)
            Issue.record("claimed")
        } catch {
            #expect(error.code == .wrongType && error.message.contains("{cron:test}:mark"), "\(error)")
        }
        let words = "WRONGTYPE Operation script: f, on @user_script:2."
        for (line, key) in [
            ("call('HSET', RUNS, unpack(rows))", "p:runs"), ("call('HGET', P..'rows:'..job, field)", "p:rows:…"),
            ("x = call('HGET', MARK, a), call('HGET', ACT, a)", "p:mark or p:act"), ("call('HLEN', P..'stored')", "p:stored"),
            ("call('ZADD', unpack(refused))", "p:hist:…"), ("call('HGET', k)", nil), ("call('TIME')", nil),
        ] as [(String, String?)] {
            #expect(RedisScript("a\n\(line)").keys(namedBy: words, beside: "p:meta") == key, "\(line)")
        }
    }

    @Test("The user that the manual gives does for all that is asked") func manual() async throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try String(decoding: #require(bytes(of: "/\(root)/docs/manual/redis.md")), as: UTF8.self)
        let line = try #require(text.split(separator: "\n").first { $0.contains("ACL SETUSER") })
        let rules = line.split(separator: " ").dropFirst(3).map {
            $0.replacing("NAME", with: "test").replacing(">PASSWORD", with: ">p")
        }
        let server = try RedisServer(), admin = try server.client()
        let set = [RedisCommand(["ACL", "SETUSER", "u"] + rules.map { .text(String($0)) })]
        #expect(try await admin.link().connection.all(set).first?.text == "OK")
        let url = "unix://u:p@\(server.socket)"
        for check in LedgerConformance.checks + KeepingConformance.checks {
            try await check.run({
                _ = try await admin.raw("FLUSHALL")
                return try quickLedger(url)
            }) { ledger in
                await ledger.close(now: WallTime(nanoseconds: Self.now.nanoseconds + 65_000_000_000))
                return try quickLedger(url)
            }
        }
        _ = try await admin.raw("FLUSHALL")
        let store = RedisRevisionStore(name: "test", client: try quickClient(url))
        _ = try await store.append([TableFile(path: "/t", content: [1])], hash: "h", origin: .edited, now: Self.now)
        _ = try await store.keep(.drawn("s", at: Self.now))
        #expect(try await store.revisions().count == 1)
        let data = RedisLegacyData(client: try quickClient(url))
        try await data.setCache([91, 93])
        #expect(try await data.cache() == [91, 93])
        _ = try await data.hasPickledJobs()
        try await quickClient(url).tellTime(to: StoreClock(machine: ManualClocks(wall: Self.now)))
    }

    private func bytes(of path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 18)
        return Array(bytes[..<fread(&bytes, 1, bytes.count, file)])
    }

    @Test("A TLS port behind redis:// is told from a dropped connection") func tls() async throws {
        let port = try RedisServer.freePort(), folder = try Certificates()
        let server = try RedisServer([
            "--tls-port", "\(port)", "--tls-cert-file", folder.certificate, "--tls-key-file", folder.key, "--tls-ca-cert-file",
            folder.authority, "--tls-auth-clients", "no",
        ])
        let error = try await failure("redis://localhost:\(port)")
        #expect(error.kind == .tlsServer && !error.isTransient, "\(error)")
        let dropping = try await FakeServer { _ in nil }
        #expect(try await failure("redis://127.0.0.1:\(dropping.port)?timeout=0.2").isTransient)
        withExtendedLifetime(server) {}
    }

    @Test("The file of the URL is read for each connection; while it cannot be read, the last URL counts") func file() async throws {
        let server = try RedisServer(["--requirepass", "old"]), file = "\(server.folder)/url"
        try writeText("unix://:old@\(server.socket)\n", to: file)
        let client = RedisClient(
            try RedisURL("unix://:old@\(server.socket)"), file: file, sleep: soon)
        #expect(try await client.raw("PING") == "PONG")
        try writeText("unix://:new@\(server.socket)\n", to: file)
        _ = try await client.raw("CONFIG", "SET", "requirepass", "new")
        _ = try? await client.raw("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no")
        #expect(try await again { try await client.raw("PING") } == "PONG")
        unlink(file)
        _ = try await client.raw("CONFIG", "SET", "requirepass", "old")
        _ = try? await client.raw("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no")
        #expect(try await again { try await client.raw("PING") } == "PONG")
    }

    @Test("Who was alone before a long silence goes on at once; where others were there, the server waits for what they remember")
    func silence() async throws {
        let server = try RedisServer(), client = try server.client()
        var options = RedisLedgerOptions.made
        options.quarantine = .seconds(10)
        let one = try server.ledger(options)
        _ = try await one.renew([], now: Self.now)
        let longAgo =
            "for _, f in ipairs({'clock', 'quar', 'hard'}) do redis.call('HINCRBY', KEYS[1]..'meta', f, -100000) end "
            + "for _, n in ipairs(redis.call('ZRANGE', KEYS[1]..'nodes', 0, -1)) do redis.call('ZINCRBY', KEYS[1]..'nodes', -100000, n) end"
        _ = try await client.raw("EVAL", longAgo, "1", "{cron:test}:")
        _ = try await one.renew([], now: Self.now)
        #expect(await one.view().quarantine == .zero, "its own silence")
        let two = try server.ledger(options)
        _ = try await two.renew([], now: Self.now)
        _ = try await client.raw("EVAL", longAgo, "1", "{cron:test}:")
        _ = try await one.renew([], now: Self.now)
        #expect(await one.view().quarantine > .zero, "the other one may know more")
    }

    @Test("Each node hears the others' zones") func zones() async throws {
        let server = try RedisServer()
        let one = try server.ledger(), two = try server.ledger()
        await one.announce(zone: "UTC 1f")
        await two.announce(zone: "Asia/Tokyo 2e")
        for ledger in [one, two, one] { _ = try await ledger.renew([], now: Self.now) }
        #expect(await one.view().zones == [one.node: "UTC 1f", two.node: "Asia/Tokyo 2e"])
        await two.close(now: Self.now)
        _ = try await one.renew([], now: Self.now)
        #expect(await one.view().zones == [one.node: "UTC 1f"])
    }
}
