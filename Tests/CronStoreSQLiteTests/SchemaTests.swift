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

    /// As the release before the bases made it: a table with an edit, and a baseline over the image's content.
    private func makeReleased(_ path: String) throws {
        close(Glibc.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
        let connection = try Connection(path: path)
        for step in Schema.migrations[0..<3] { for sql in step { try connection.execute(sql) } }
        try connection.execute("PRAGMA application_id=\(Schema.applicationID)")
        try Meta.set("schema", .int(3), in: connection)
        try Meta.set("baseline", .text("abc 1:2:3:4\n1:5:3:4"), in: connection)
        for (number, text) in [(Int64(1), "image"), (2, "edited")] {
            let bytes = Array(text.utf8), contentSum = Checksum.of(bytes)
            var sum = Checksum()
            sum.add(number)
            sum.add("hash-\(text)")
            sum.add("/etc/crontab")
            sum.add(contentSum)
            try connection.statement("INSERT INTO content(id, sum, bytes) VALUES(?, ?, ?)").run(
                .int(number), .int(contentSum), .blob(bytes))
            try connection.statement("INSERT INTO file(revision, position, path, content) VALUES(?, 0, '/etc/crontab', ?)")
                .run(.int(number), .int(number))
            try connection.statement("INSERT INTO revision(number, created, origin, hash, sum) VALUES(?, ?, 'edited', ?, ?)")
                .run(.int(number), .int(number), .text("hash-\(text)"), .int(sum.value))
        }
        connection.close()
    }

    @Test("A store of the release before keeps its revisions and tells of its baseline") func released() async throws {
        let directory = try TemporaryDirectory(), now = WallTime(Instant(100))
        try makeReleased(directory.file())
        for _ in 0..<2 {
            let store = try await SQLiteStore.open(path: directory.file(), now: now)
            let revisions = try await store.revisions()
            #expect(revisions.map(\.number) == [1, 2] && revisions.allSatisfy(\.intact) && revisions.allSatisfy { $0.host == nil })
            #expect(try await store.files(of: 2) == [TableFile(path: "/etc/crontab", content: Array("edited".utf8))])
            #expect(try await store.files(of: 2)?.first?.attributes == nil)
            #expect(try await store.bases(of: "h") == StoredBases(earlier: "abc 1:2:3:4\n1:5:3:4"))
            await store.close(now: now)
        }
    }
}
