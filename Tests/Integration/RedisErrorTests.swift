internal import CronJobs
internal import CronStoreRedis
internal import CronTesting
internal import Glibc
internal import Testing

/// What an operator reads when a Redis is not what the URL says.
@Suite(.serialized, .realTime) struct RedisErrorTests {
    /// The error of a claim.
    private func refusal(_ url: String) async throws -> StoreError {
        let ledger = try quickLedger(url)
        do {
            _ = try await ledger.claim([claim(60)], now: WallTime(nanoseconds: 0))
        } catch {
            await ledger.close(now: WallTime(nanoseconds: 0))
            return error
        }
        throw Complaint("claimed")
    }

    @Test func passwords() async throws {
        let server = try RedisServer(["--requirepass", "right"])
        #expect(try await failure(server.url).kind == .passwordWanted)
        let wrong = try await failure("unix://:wrong@\(server.socket)")
        #expect(wrong.kind == .wrongPassword)
        #expect(!wrong.isTransient)
        #expect(!wrong.description.contains("wrong@"))
        try await quickClient("unix://:right@\(server.socket)").connect()
        try await quickClient("unix://default:right@\(server.socket)").connect()
    }

    @Test func aDatabaseThatDoesNotExist() async throws {
        let server = try RedisServer()
        let error = try await failure(server.url + "?db=99")
        #expect(error.kind == .wrongDatabase)
        #expect(error.description.contains("redis://HOST/0"))
        try await server.client("?db=15").connect()
    }

    @Test func nobodyListens() async throws {
        let error = try await failure("redis://127.0.0.1:\(try RedisServer.freePort())")
        #expect(error.kind == .unreachable)
        #expect(error.description.contains("Connection refused"))
        #expect(error.isTransient)
        #expect(try await failure("unix:///tmp/there-is-no-such.sock").description.contains("No such file"))
        #expect(try await failure("redis://no-such-host.invalid").kind == .badAddress)
    }

    @Test func aWebServer() async throws {
        let server = try await FakeServer { _ in "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n" }
        let error = try await failure("redis://127.0.0.1:\(server.port)")
        #expect(error.kind == .notRedis)
        #expect(error.description.contains("HTTP/1.1 400 Bad Request"))
    }

    @Test func aServerThatSaysNothing() async throws {
        let server = try await FakeServer { _ in nil }
        #expect(try await failure("redis://127.0.0.1:\(server.port)?timeout=2").kind == .silent)
        #expect(try await failure("rediss://127.0.0.1:\(server.port)?timeout=2").kind == .plainServer)
    }

    @Test func aServerThatLoads() async throws {
        let server = try RedisServer(["--key-load-delay", "300", "--loading-process-events-interval-bytes", "1024"])
        let filler = "for i = 1, 5000 do redis.call('SET', 'filler-' .. i, string.rep('x', 100)) end return 'OK'"
        _ = try await server.client().raw("EVAL", filler, "0")
        _ = try await server.client().raw("SAVE")
        server.crash()
        try server.start(isAwaited: false)
        let error = try await again { () -> RedisError? in
            let error = try? await failure(server.url)
            return error?.kind == .loading ? error : nil
        }
        #expect(error.isTransient)
        #expect(error.description.contains("it is loading its data") && error.description.contains("This passes"))
        let client = try server.client()
        _ = try await again { try await client.connect() }
        #expect(try await client.raw("DBSIZE") == "5000")
    }

    @Test func aSentinelInsteadOfARedis() async throws {
        let server = try await FakeServer { text in
            text.contains("HELLO") ? "*4\r\n+server\r\n+redis\r\n+mode\r\n+sentinel\r\n" : "+PONG\r\n"
        }
        #expect(try await failure("redis://127.0.0.1:\(server.port)").description.contains("redis+sentinel://"))
    }

    @Test func aReadOnlyReplica() async throws {
        let port = try RedisServer.freePort()
        let master = try RedisServer(["--port", "\(port)"])
        let replica = try RedisServer(["--replicaof", "127.0.0.1 \(port)"])
        let error = try await failure(replica.url)
        #expect(error.kind == .readOnly)
        #expect(error.description.contains("Name the master"))
        withExtendedLifetime(master) {}
    }

    @Test func aMasterThatBecomesAReplicaUnderUs() async throws {
        let server = try RedisServer()
        let ledger = try server.ledger()
        _ = try await ledger.claim([claim(60)], now: WallTime(nanoseconds: 0))
        let client = try server.client()
        _ = try await client.raw("REPLICAOF", "127.0.0.1", "1")
        do {
            _ = try await ledger.claim([claim(120)], now: WallTime(nanoseconds: 0))
            Issue.record("claimed on a replica")
        } catch {
            #expect(error.code == .readOnly, "\(error)")
        }
        _ = try await client.raw("REPLICAOF", "NO", "ONE")
        let answers = try await again { try await ledger.claim([claim(120)], now: WallTime(nanoseconds: 0)) }
        #expect(answers.count == 1)
    }

    @Test func aFullServer() async throws {
        let server = try RedisServer(["--maxmemory", "1mb", "--maxmemory-policy", "noeviction"]), client = try server.client()
        _ = try await client.raw("EVAL", "return redis.call('SET', 'x', string.rep('x', 3000000))", "0")
        let error = try await refusal(server.url)
        #expect(error.code == .full)
        #expect(error.message.contains("maxmemory"))
    }

    @Test func aServerThatCannotSave() async throws {
        let server = try RedisServer(["--save", "3600 1", "--stop-writes-on-bgsave-error", "yes"])
        let client = try server.client()
        _ = try await client.raw("SET", "x", "1")
        // A folder in the place of the snapshot's temporary file cannot be had for every name; a folder that is gone can.
        _ = try await client.raw("CONFIG", "SET", "rdbcompression", "no")
        #expect(rename(server.folder, server.folder + "-moved") == 0)
        defer { rename(server.folder + "-moved", server.folder) }
        mkdir(server.folder + "-moved/dump.rdb", 0o700)
        _ = try? await client.raw("BGSAVE")
        let state = try await again { () -> String? in
            let info = try await client.raw("INFO", "persistence")
            return info.contains("rdb_last_bgsave_status:err") ? info : nil
        }
        #expect(!state.isEmpty)
        rename(server.folder + "-moved", server.folder)
        let error = try await refusal(server.url)
        #expect(error.message.contains("snapshots"), "\(error)")
    }

    @Test func forgottenScriptsAreSentAgain() async throws {
        let server = try RedisServer()
        let ledger = try server.ledger(), client = try server.client()
        _ = try await ledger.claim([claim(60)], now: WallTime(nanoseconds: 0))
        _ = try await client.raw("SCRIPT", "FLUSH")
        let answers = try await ledger.claim([claim(120)], now: WallTime(nanoseconds: 0))
        guard case .won? = answers.first else { throw Complaint("\(answers)") }
    }

    @Test func tls() async throws {
        let port = try RedisServer.freePort(), plainPort = try RedisServer.freePort()
        let folder = try Certificates()
        let server = try RedisServer([
            "--tls-port", "\(port)", "--port", "\(plainPort)", "--tls-cert-file", folder.certificate, "--tls-key-file", folder.key,
            "--tls-ca-cert-file", folder.authority, "--tls-auth-clients", "no",
        ])
        try await quickClient("rediss://localhost:\(port)?tls-ca=\(folder.authority)").connect()
        try await quickClient("rediss://localhost:\(port)?tls-verify=none").connect()
        let other = try await failure("rediss://127.0.0.1:\(port)?tls-ca=\(folder.authority)")
        #expect(other.kind == .certificate, "the name is verified: \(other)")
        let untrusted = try await failure("rediss://localhost:\(port)")
        #expect(untrusted.kind == .certificate, "\(untrusted)")
        #expect(try await failure("rediss://localhost:\(port)?tls-ca=/nowhere.pem").kind == .authority)
        let plain = try await failure("redis://localhost:\(port)?timeout=3")
        #expect([.tlsServer, .closedAtOnce].contains(plain.kind) && plain.description.contains("rediss://"), "\(plain)")
        let mistaken = try await failure("rediss://localhost:\(plainPort)?timeout=3")
        #expect(mistaken.kind == .plainServer, "\(mistaken)")
        withExtendedLifetime(server) {}
    }

    @Test func sentinels() async throws {
        let port = try RedisServer.freePort()
        let server = try RedisServer(["--port", "\(port)"])
        let known = try await FakeServer { text in
            text.contains("mymaster") ? "*2\r\n$9\r\n127.0.0.1\r\n$\("\(port)".count)\r\n\(port)\r\n" : "*-1\r\n"
        }
        let dead = try RedisServer.freePort()
        try await quickClient("redis+sentinel://127.0.0.1:\(dead),127.0.0.1:\(known.port)/mymaster").connect()
        let error = try await failure("redis+sentinel://127.0.0.1:\(dead),127.0.0.1:\(known.port)/another")
        #expect(error.kind == .sentinel)
        #expect(error.description.contains("Connection refused"))
        #expect(error.description.contains("knows no master \"another\""))
        withExtendedLifetime(server) {}
    }

    private func claim(_ seconds: Int64) -> Claim { made(JobID("a"), seconds) }
}
