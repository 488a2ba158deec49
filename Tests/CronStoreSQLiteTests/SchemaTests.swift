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
}
