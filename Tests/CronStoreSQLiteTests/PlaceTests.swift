internal import CronExpressions
internal import CronJobs
internal import CronStoreSQLite
internal import Glibc
internal import Synchronization
internal import Testing

@Suite("A store whose file loses its name", .timeLimit(.minutes(30))) struct PlaceTests {
    private let directory: TemporaryDirectory
    private let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
    private let made = Made()

    private final class Made: Sendable {
        private let times = Mutex(0)
        var count: Int { times.withLock { $0 } }
        func note() { times.withLock { $0 += 1 } }
    }

    init() throws { directory = try TemporaryDirectory() }

    private func opened(_ path: String) async throws -> SQLiteStore {
        let made = made
        let store = try await SQLiteStore.open(path: path, now: now) { made.note() }
        _ = try await store.open(bootID: "b", now: now)
        return store
    }

    private func claim(_ second: Int64, in store: SQLiteStore) async throws(StoreError) -> [ClaimAnswer] {
        let claim = Claim(
            run: RunID(job: JobID("a"), .scheduled(Instant(second))), trigger: .scheduled, first: Instant(second), since: Instant(0))
        return try await store.claim([claim], now: now)
    }

    private func isWon(_ answers: [ClaimAnswer]) -> Bool {
        if case .won? = answers.first { true } else { false }
    }

    /// Whether another process finds the file locked.
    private func isLocked(_ path: String) -> Bool { shell("sqlite3 '\(path)' 'BEGIN IMMEDIATE; COMMIT' 2>/dev/null") != 0 }

    @Test(
        "A file that was removed is made again with all that it held, locked, for its owner only",
        .enabled(if: Privilege.hasSQLite, Privilege.needsSQLite),
        arguments: ["rm PATH", "rm PATH*", "rm -r FOLDER"])
    func removed(_ how: String) async throws {
        let folder = directory.file("store"), path = folder + "/crond.db"
        let store = try await opened(path)
        for second in Int64(1)...20 { #expect(isWon(try await claim(second, in: store))) }
        _ = try await store.append([TableFile(path: "t", content: [1])], hash: "h", origin: .deployed, now: now)
        #expect(shell(how.replacing("PATH", with: path).replacing("FOLDER", with: folder)) == 0)
        #expect(isWon(try await claim(21, in: store)))
        #expect(made.count == 1)
        #expect(mode(of: path) == 0o600 && mode(of: folder) == 0o700)
        #expect(access(path + ".again", F_OK) != 0)
        #expect(isLocked(path))
        for second in [21, 3] as [Int64] { #expect(!isWon(try await claim(second, in: store))) }
        #expect(isWon(try await claim(22, in: store)))
        #expect(made.count == 1)
        await store.close(now: now)
        let again = try await opened(path)
        #expect(await again.setAside == nil)
        #expect(try await again.watermarks() == [JobID("a"): Instant(22)])
        #expect(try await again.history(of: JobID("a"), limit: 100).count == 22)
        #expect(try await again.revisions().map(\.intact) == [true])
        await again.close(now: now)
    }

    @Test("A file that another one replaced makes the store fail, stays as it is, and its going brings the store back")
    func replaced() async throws {
        let path = directory.file()
        let store = try await opened(path)
        #expect(isWon(try await claim(1, in: store)))
        let other = [UInt8]("not ours".utf8)
        writeFile(directory.file("other"), other)
        rename(directory.file("other"), path)
        for _ in 0..<3 {
            do throws(StoreError) {
                _ = try await claim(2, in: store)
                Issue.record("claimed in a file without a name")
            } catch {
                #expect(error.code == .unavailable && error.message.contains(path) && error.message.contains("another file"))
            }
        }
        #expect(readFile(path) == other)
        #expect(access(path + "-wal", F_OK) != 0, "nobody takes the old log for the other file's")
        #expect(try await store.watermarks() == [JobID("a"): Instant(1)], "it can still be read")
        unlink(path)
        #expect(isWon(try await claim(2, in: store)))
        #expect(made.count == 1)
        await store.close(now: now)
        let again = try await opened(path)
        #expect(try await again.watermarks() == [JobID("a"): Instant(2)])
        await again.close(now: now)
    }

    @Test("Where a folder cannot be made again the store fails until it can") func noFolder() async throws {
        let folder = directory.file("store"), path = folder + "/crond.db"
        let store = try await opened(path)
        #expect(shell("rm -r \(folder); touch \(folder)") == 0)
        await #expect(throws: StoreError.self) { try await claim(1, in: store) }
        unlink(folder)
        #expect(isWon(try await claim(1, in: store)))
        await store.close(now: now)
    }

    @Test("A store that is closed after its file was removed leaves it complete") func closing() async throws {
        let path = directory.file()
        let store = try await opened(path)
        #expect(isWon(try await claim(1, in: store)))
        unlink(path)
        await store.close(now: now)
        let again = try await opened(path)
        #expect(try await again.watermarks() == [JobID("a"): Instant(1)])
        await again.close(now: now)
    }
}
