import CronExpressions
import CronJobs
import Glibc
import Testing

@testable import CronStoreSQLite

@Suite struct SchemaTests {
    /// As the first version of the file was made, with a watermark and a revision in it.
    private func makeFirstVersion(_ path: String) throws {
        close(Glibc.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
        let connection = try Connection(path: path)
        for sql in Schema.migrations[0] { try connection.execute(sql) }
        try connection.execute("PRAGMA application_id=\(Schema.applicationID)")
        try Meta.set("schema", .int(1), in: connection)
        try connection.execute("INSERT INTO job(id, mark) VALUES('a', 60)")
        try connection.execute("INSERT INTO revision(number, created, origin, hash, sum) VALUES(7, 1, 'deployed', 'abc', 0)")
        connection.close()
    }

    @Test("A file of the first version is brought up to date, and keeps what it holds") func firstVersion() async throws {
        let directory = try TemporaryDirectory(), now = WallTime(Instant(100))
        try makeFirstVersion(directory.file())
        for _ in 0..<2 {
            let store = try await SQLiteStore.open(path: directory.file(), now: now)
            #expect(await store.setAside == nil)
            _ = try await store.open(bootID: "boot", now: now)
            #expect(try await store.watermarks() == [JobID("a"): Instant(60)])
            #expect(try await store.newestNumber() == 7)
            #expect(try await store.revision(7)?.signature == nil)
            try await store.setPaused(true, [JobID("a")])
            #expect(try await store.pausedJobs() == [JobID("a")])
            await store.close(now: now)
        }
    }

    @Test("A store of an earlier version that was killed before its first checkpoint is known by its log alone", arguments: [false, true])
    func killedYoung(isOurs: Bool) async throws {
        let directory = try TemporaryDirectory(), now = WallTime(Instant(100)), alive = directory.file("alive.db"), path = directory.file()
        close(Glibc.open(alive, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
        let connection = try Connection(path: alive)
        for setting in ["locking_mode=EXCLUSIVE", "journal_mode=WAL"] { try connection.execute("PRAGMA \(setting)") }
        try Schema.prepare(connection)
        if !isOurs { try connection.execute("PRAGMA application_id=7") }
        try connection.execute("INSERT INTO job(id, mark) VALUES('a', 60)")
        for side in ["", "-wal"] { writeFile(path + side, readFile(alive + side)) }
        connection.close()
        #expect(readFile(path).dropFirst(68).prefix(4).elementsEqual([0, 0, 0, 0]), "the file itself does not say whose it is")
        guard isOurs else {
            await #expect(throws: StoreError.self) { _ = try await SQLiteStore.open(path: path, now: now) }
            return
        }
        let copy = try await SQLiteStore.read(path: path)
        #expect(try await copy.watermarks() == [JobID("a"): Instant(60)])
        let store = try await SQLiteStore.open(path: path, now: now)
        #expect(try await store.watermarks() == [JobID("a"): Instant(60)])
        await store.close(now: now)
    }
}
