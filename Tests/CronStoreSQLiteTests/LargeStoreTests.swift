import CronExpressions
import CronJobs
import CronStoreSQLite
import Glibc
import Testing

@Suite("A large store: its start reads what decides, and the rest is checked later", .timeLimit(.minutes(30)))
struct LargeStoreTests {
    private let directory: TemporaryDirectory
    private let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    init() throws { directory = try TemporaryDirectory() }

    private func open() async throws(StoreError) -> SQLiteStore { try await SQLiteStore.open(path: directory.file(), now: now) }

    private func claim(_ name: String, _ second: Int64) -> Claim {
        Claim(
            run: RunID(job: JobID(name), .scheduled(Instant(second))), trigger: .scheduled, first: Instant(second),
            since: Instant(second - 1))
    }

    /// More than is checked at a start: 20 MiB of output.
    private func fill() async throws {
        let store = try await open()
        _ = try await store.open(bootID: "boot", now: now)
        let claims = (1...320).map { claim("a\($0)", 320) } + [claim("a", 320)]
        var finishes: [Finish] = []
        for (claim, answer) in zip(claims, try await store.claim(claims, now: now)) {
            guard case .won(let fence) = answer else { throw StoreError(.refused, "not won") }
            finishes.append(Finish(run: claim.run, fence: fence, outcome: .succeeded, at: now))
        }
        _ = try await store.finish(finishes)
        let output = OutputExcerpt(first: [UInt8](repeating: 7, count: 16_000), last: [UInt8](repeating: 8, count: 48_000))
        for claim in claims { try await store.keepOutput(claim.run, attempt: 1, output) }
        await store.close(now: now)
    }

    private func damage() {
        var bytes = readFile(directory.file())
        let middle = bytes.count / 2 / 4096 * 4096
        for index in middle..<(middle + 64 * 4096) { bytes[index] = 0xFF }
        writeFile(directory.file(), bytes)
    }

    @Test("Damage that the start does not see is found while it is used, and the next start sets the file aside") func found() async throws
    {
        try await fill()
        damage()
        let store = try await open()
        #expect(await store.setAside == nil && store.isCheckDue)
        #expect(try await store.watermarks()[JobID("a")] == Instant(320), "what decides is there")
        let damage = await store.damage()
        #expect(damage?.contains(directory.file()) == true, "\(damage ?? "nothing")")
        guard case .won? = try await store.claim([claim("a", 321)], now: now).first else { return #expect(Bool(false), "it goes on") }
        await store.close(now: now)
        let again = try await open()
        #expect(await again.setAside != nil && !again.isCheckDue)
        await again.close(now: now)
    }

    @Test(
        "A sound one is found sound, written to meanwhile, and stays this process's own",
        .enabled(if: Privilege.hasSQLite, Privilege.needsSQLite))
    func sound() async throws {
        try await fill()
        let store = try await open()
        async let verdict = store.damage()
        for second in 321...340 { _ = try await store.claim([claim("a", Int64(second))], now: now) }
        #expect(await verdict == nil)
        #expect(try otherSays("BEGIN IMMEDIATE").contains("locked"), "the check keeps the lock")
        await store.close(now: now)
        let again = try await open()
        #expect(await again.setAside == nil)
        #expect(try await again.watermarks()[JobID("a")] == Instant(340))
        await again.close(now: now)
    }

    private func otherSays(_ sql: String) throws -> String {
        let errors = directory.file("errors")
        let status = system("/usr/bin/sqlite3 '\(directory.file())' '\(sql)' 2>'\(errors)'")
        return status == 0 ? "" : String(decoding: readFile(errors), as: UTF8.self)
    }
}
