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
        await copy.close(now: now)
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

    /// As the release before stored jobs, output and pauses with names made it.
    private func makeFourthVersion(_ path: String) throws {
        close(Glibc.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
        let connection = try Connection(path: path)
        for step in Schema.migrations[0..<4] { for sql in step { try connection.execute(sql) } }
        try connection.execute("PRAGMA application_id=\(Schema.applicationID)")
        try Meta.set("schema", .int(4), in: connection)
        try Meta.set("fence", .int(9_000_000_000), in: connection)
        try Meta.set("incarnation", .int(7), in: connection)
        try connection.execute("INSERT INTO job(id, mark) VALUES('a', 120)")
        try connection.execute("INSERT INTO paused(job) VALUES('p')")
        try connection.execute(
            """
            INSERT INTO run(job, kind, fire, token, attempt, first, count, trigger, outcome, fence, incarnation, claimed, started, finished,
                user_ns, sys_ns, tail)
            VALUES('a', 0, 60, 0, 1, 0, 2, 'catch-up', 'failed(exit 3)', 8, 7, 1, 2, 3, 4, 5, x'6c617374')
            """)
        try connection.execute(
            """
            INSERT INTO run(job, kind, fire, token, attempt, first, count, trigger, fence, incarnation, claimed)
            VALUES('a', 0, 120, 0, 1, 120, 1, 'scheduled', 9, 7, 1)
            """)
        connection.close()
    }

    @Test("A store of the version before keeps marks, runs with their output, open ones and pauses") func fourthVersion() async throws {
        let directory = try TemporaryDirectory(), now = WallTime(Instant(200)), a = JobID("a")
        try makeFourthVersion(directory.file())
        for life in 0..<2 {
            let store = try await SQLiteStore.open(path: directory.file(), now: now)
            _ = try await store.open(bootID: "boot", now: now)
            #expect(try await store.watermarks() == [a: Instant(120)])
            #expect(try await store.pausedJobs() == [JobID("p")])
            #expect(try await store.pauses(now: now) == [JobID("p"): Pause(from: nil, by: "")])
            let record = try #require(try await store.record(of: a, at: Instant(0)))
            #expect(record.outcome == .failed(.exit(3)) && record.count == 2 && record.tail == Array("last".utf8) && record.by == nil)
            #expect(try await store.output(of: record.run, attempt: 1) == nil)
            let open = try await store.sweep(now: now)
            #expect(open.map(\.run) == [RunID(job: a, .scheduled(Instant(120)))])
            #expect(open.allSatisfy { $0.fence > 9_000_000_000 })
            if life == 0 { #expect(try await store.storedJobs(after: nil, limit: 9) == []) }
            await store.close(now: now)
        }
    }
}
