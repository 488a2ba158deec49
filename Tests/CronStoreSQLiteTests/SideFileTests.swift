internal import CronJobs
internal import CronStoreSQLite
internal import Glibc
internal import Testing

@Suite("What lies beside the name of a store", .timeLimit(.minutes(30))) struct SideFileTests {
    private let directory: TemporaryDirectory
    private let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    init() throws { directory = try TemporaryDirectory() }

    private func open() async throws(StoreError) -> SQLiteStore { try await SQLiteStore.open(path: directory.file(), now: now) }

    @Test("What no store wrote stays, and no store is made there", arguments: ["-wal", "-shm", "-journal", ".again"])
    func others(_ side: String) async throws {
        let beside = directory.file() + side, words = [UInt8]("precious\n".utf8)
        writeFile(beside, words)
        do throws(StoreError) {
            await (try open()).close(now: now)
            Issue.record("it was made")
        } catch {
            #expect(error.code == .refused && error.message.contains("crond.db\(side): is no part of a store"), "\(error)")
        }
        #expect(readFile(beside) == words && directory.names == ["crond.db\(side)"])
    }

    @Test("A log that is all that is left of a store is set aside, with what it holds") func loneLog() async throws {
        let first = try await open()
        _ = try await first.append([TableFile(path: "t", content: [1])], hash: "h", origin: .deployed, now: now)
        let log = readFile(directory.file() + "-wal")
        await first.close(now: now)
        #expect(log.count > 32)
        unlink(directory.file())
        writeFile(directory.file() + "-wal", log)
        let store = try await open()
        let aside = await store.loneLogs
        #expect(aside == [directory.file() + "-wal.alone-1700000000"] && aside.map(readFile) == [log])
        #expect(try await store.newestRevision() == nil)
        await store.close(now: now)
        let again = try await open()
        #expect(await again.loneLogs.isEmpty)
        await again.close(now: now)
    }

    @Test("Half a store that an earlier life left makes way") func half() async throws {
        writeFile(directory.file() + ".again", [UInt8]("SQLite format 3\0 and more".utf8))
        writeFile(directory.file() + "-wal", [])
        let store = try await open()
        #expect(!directory.names.contains("crond.db.again"))
        await store.close(now: now)
    }

    @Test("A file that is no reserve is neither grown nor given free") func otherReserve() async throws {
        let beside = directory.file() + ".reserve", words = [UInt8]("precious\n".utf8)
        writeFile(beside, words)
        let store = try await open()
        #expect(await !store.hasReserve)
        await store.close(now: now)
        #expect(readFile(beside) == words)
    }

    @Test("Whoever holds the folder's lock for good delays a store's making, no more") func heldFolder() async throws {
        let folder = Glibc.open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(folder) }
        #expect(flock(folder, LOCK_EX | LOCK_NB) == 0)
        let store = try await open()
        await store.close(now: now)
    }
}
