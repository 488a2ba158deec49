@testable internal import CronDaemon
internal import CronExpressions
internal import CronJobs
@testable internal import CronTables
@testable internal import CronStoreRedis
internal import CronTesting
internal import Crontabs
internal import Testing

@Suite("The legacy service's data in a Redis", .serialized, .realTime) struct LegacyDataTests {
    let server: RedisServer
    let client: RedisClient
    let data: RedisLegacyData

    init() throws {
        server = try RedisServer()
        client = try server.client()
        data = RedisLegacyData(client: client)
    }

    private func code(_ body: () async throws(StoreError) -> Void) async -> StoreError.Code? {
        do {
            try await body()
            return nil
        } catch { return error.code }
    }

    @Test("The cache is there when it was written") func cache() async throws {
        #expect(try await data.cache() == nil)
        let text = Array("[[\"é\"]]\0\r\n".utf8)
        try await data.setCache(text)
        #expect(try await data.cache() == text)
        #expect(try await client.raw("STRLEN", "crond-service-cronjob-cache") == "\(text.count)")
    }

    @Test("A key of another type, one that is too large, and one that is forbidden are not the legacy service's")
    func notTheLegacyServices()
        async throws
    {
        _ = try await client.raw("LPUSH", "crond-service-cronjob-cache", "x")
        #expect(await code { () throws(StoreError) in _ = try await data.cache() } == .corrupt)
        _ = try await client.raw("DEL", "crond-service-cronjob-cache")
        _ = try await client.raw("SETRANGE", "crond-service-cronjob-cache", "\(16 << 20)", "x")
        #expect(await code { () throws(StoreError) in _ = try await data.cache() } == .corrupt)
        _ = try await client.raw("SET", "crond_service_schedule", "no hash")
        #expect(await code { () throws(StoreError) in _ = try await data.bodies(of: [JobID("a")]) } == .corrupt)
        _ = try await client.raw("ACL", "SETUSER", "narrow", "on", ">pw", "~{cron:*", "+@all")
        let narrow = RedisLegacyData(client: try quickClient("unix://narrow:pw@\(server.socket)"))
        #expect(await code { () throws(StoreError) in _ = try await narrow.cache() } == .corrupt)
        #expect(await code { () throws(StoreError) in _ = try await narrow.hasPickledJobs() } == .corrupt)
    }

    @Test("A server that is gone is not an empty cache") func gone() async throws {
        _ = try await data.cache()
        server.crash()
        let found = await code { () throws(StoreError) in _ = try await data.cache() }
        #expect(found == .unavailable)
    }

    @Test("Bodies come by job, also those of no bytes; what is too long is named and stays where it is") func bodies() async throws {
        let derived = JobID(derivedFrom: 7)
        _ = try await client.raw("HSET", "crond_service_schedule", "\(derived)", "one\0\r\n", "a", "two", "empty", "")
        _ = try await client.raw("EVAL", "redis.call('HSET', KEYS[1], 'long', string.rep('x', 1048577))", "1", "crond_service_schedule")
        _ = try await client.raw("EVAL", "redis.call('HSET', KEYS[1], 'just', string.rep('x', 1048576))", "1", "crond_service_schedule")
        let found = try await data.bodies(of: [derived, JobID("none"), JobID("a"), JobID("empty"), JobID("long"), JobID("just")])
        #expect(found.count == 5 && found[JobID("empty")] == .bytes([]), "one of no bytes is a body")
        #expect(found[derived] == .bytes(Array("one\0\r\n".utf8)))
        #expect(found[JobID("a")] == .bytes(Array("two".utf8)))
        #expect(found[JobID("long")] == .tooLong(1_048_577))
        #expect(found[JobID("just")] == .bytes([UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)))
        #expect(try await data.bodies(of: (0..<100).map { JobID("n\($0)") }) == [:])
    }

    @Test("Pickled jobs are seen, of whatever type their keys are") func pickled() async throws {
        #expect(try await data.hasPickledJobs() == false)
        _ = try await client.raw("ZADD", "crond_service_schedule.run_times", "1", "x")
        #expect(try await data.hasPickledJobs())
        _ = try await client.raw("DEL", "crond_service_schedule.run_times")
        _ = try await client.raw("HSET", "crond_service_schedule.jobs", "x", "y")
        #expect(try await data.hasPickledJobs())
    }
}

@Suite(
    "The legacy service's cache, written and read by python-crontab", .serialized, .realTime,
    .enabled(if: PythonLegacy.isThere, "Scripts/bootstrap found no pip"))
struct PythonLegacyTests {
    static let table = """
        SHELL=/bin/sh
        # a comment
        00 05 * * 7 root /usr/bin/backup # nightly
        0 0 * * 0 root echo sunday
        @daily root echo daily
        @weekly mailer echo weekly
        30,15 8-18/2 * JAN Mon-Fri mailer date +\\%Y-\\%m-\\%d
        */5 * * * * root cat%first%second
        # 0 1 * * * root echo disabled
        0 3 * * * root echo restored # crond service crondServiceTask-7454ae387d3e6b6b
        0 0 1 * * root echo "é # b"

        """

    let server: RedisServer
    let legacy: PythonLegacy
    let data: RedisLegacyData
    let lines = Lines()

    init() throws {
        server = try RedisServer()
        legacy = try PythonLegacy()
        data = RedisLegacyData(client: try server.client())
    }

    /// Starts a table on `content`, over the Redis; answers its jobs and what its file then holds.
    private func start(_ content: String) async throws -> (jobs: [Job], text: String) {
        try legacy.write("ours", Array(content.utf8))
        let clocks = ManualClocks(wall: WallTime(Instant(1_814_400_000)))
        let keeper = TableKeeper(
            source: TableSource(files: ["\(legacy.folder)/ours"]),
            compiler: TableCompiler(format: .system, zone: .utc, zones: .system, host: "host"),
            store: RedisRevisionStore(name: "default", client: try server.client()), legacy: data, clocks: clocks, strict: false,
            observer: TableLog(log: Log(format: .json, level: .info, clocks: clocks, errors: lines)))
        let table = try await keeper.start(policy: .auto)
        return (table.compiled.jobs, String(decoding: try legacy.read("ours"), as: UTF8.self))
    }

    @Test("What it writes becomes a table with its ids and its commands, and two warnings") func theirs() async throws {
        let cache = try legacy.cache(of: Self.table)
        try await data.setCache(cache)
        let (jobs, text) = try await start("")
        let rows = try #require(LegacyCache(json: cache)).rows
        #expect(rows.count == 9, "the disabled line is an entry for it")
        #expect(jobs.map(\.id.description) == (try legacy.ids(of: cache)))
        #expect(jobs.map(\.command?.text) == rows.map { $0[6] })
        #expect(jobs.map(\.command?.user) == rows.map { $0[5] })
        #expect(text.contains("date +\\%Y-\\%m-\\%d\n"))
        #expect(lines.all.contains { $0.contains("numeric day of week") && $0.contains("\"1,2,4\"") }, "\(lines.all)")
        #expect(lines.all.contains { $0.contains("percent sign") && $0.contains("\"5\"") }, "\(lines.all)")
        #expect(try await data.cache() == cache, "what was read is not written in another way")
    }

    @Test("What we write it restores, and reads back as the same cache; what it restores is the same jobs for us") func ours() async throws
    {
        let (jobs, text) = try await start(Self.table)
        #expect(text == Self.table)
        let cache = try #require(try await data.cache())
        #expect(try legacy.ids(of: cache) == jobs.map(\.id.description), "a disabled line is none")
        let restored = try legacy.table(from: cache)
        #expect(restored.split(separator: "\n").allSatisfy { $0.contains(" # crond service crondServiceTask-") }, "\(restored)")
        #expect(try legacy.cache(of: restored) == cache)
        let again = TableCompiler(format: .system, zone: .utc, zones: .system, host: "host").compile([
            TableFile(path: "/etc/crontab", content: Array(restored.utf8))
        ])
        #expect(again.jobs.map(\.id) == jobs.map(\.id))
        #expect(again.jobs.map(\.timing) == jobs.map(\.timing))
        #expect(again.jobs.allSatisfy { $0.command?.text.contains("crond service") == false })
        #expect(again.jobs.first?.command?.text == "/usr/bin/backup")
    }
}
