internal import CronExpressions
internal import CronJobs
internal import CronStoreSQLite
internal import Glibc
internal import Testing

@Suite("A file that is not our store", .timeLimit(.minutes(30))) struct ForeignFileTests {
    private let directory: TemporaryDirectory
    private let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
    private static let isRoot = geteuid() == 0
    private static let needsRoot: Comment = "only root can give a file to another user"

    init() throws { directory = try TemporaryDirectory() }

    /// Everything in the folder that a test could change: names, kinds, owners, links, content.
    private var picture: [String] {
        directory.names.map { name in
            var facts = stat()
            lstat(directory.file(name), &facts)
            let isPlain = facts.st_mode & S_IFMT == S_IFREG
            return
                "\(name) \(facts.st_mode) \(facts.st_uid) \(facts.st_nlink) \(facts.st_ino) \(isPlain ? readFile(directory.file(name)) : [])"
        }
    }

    /// Neither opened for use nor read from; everything stays as it was.
    private func expectRefused(_ words: String, at path: String? = nil, sourceLocation: SourceLocation = #_sourceLocation) async {
        let before = picture
        for isReading in [false, true] {
            do throws(StoreError) {
                let path = path ?? directory.file()
                let store = try await isReading ? SQLiteStore.read(path: path) : SQLiteStore.open(path: path, now: now)
                await store.close(now: now)
                Issue.record("it was opened", sourceLocation: sourceLocation)
            } catch {
                #expect(error.code == .refused && error.message.contains(words), "\(error)", sourceLocation: sourceLocation)
            }
            #expect(picture == before, sourceLocation: sourceLocation)
        }
    }

    private func makeStore(_ name: String = "crond.db") async throws {
        let store = try await SQLiteStore.open(path: directory.file(name), now: now)
        _ = try await store.append([TableFile(path: "t", content: [1])], hash: "h", origin: .deployed, now: now)
        await store.close(now: now)
        unlink(directory.file(name) + ".reserve")
    }

    @Test(
        "Text, bytes, nothing at all, and the beginning of a database: refused and left as they are",
        arguments: ["precious: 1\n", String(repeating: "cron", count: 100), "SQLite format 3\0", "\0", ""])
    func content(_ text: String) async {
        writeFile(directory.file(), [UInt8](text.utf8))
        await expectRefused(text.isEmpty ? "is empty" : "is no store of crond")
    }

    @Test("A store whose first bytes are gone cannot be told from another file") func damagedHeader() async throws {
        try await makeStore()
        var bytes = readFile(directory.file())
        for index in 0..<100 { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
        writeFile(directory.file(), bytes)
        await expectRefused("damaged beyond recognition")
    }

    @Test("Another program's database, also one that keeps a log", .enabled(if: Privilege.hasSQLite, Privilege.needsSQLite)) func database()
        async throws
    {
        try #require(shell("/usr/bin/sqlite3 \(directory.file()) 'CREATE TABLE t(x)'") == 0)
        await expectRefused("belongs to another program")
        try #require(shell("/usr/bin/sqlite3 \(directory.file()) 'PRAGMA journal_mode=WAL' 'PRAGMA application_id=7' >/dev/null") == 0)
        await expectRefused("belongs to another program")
    }

    @Test("A folder, a FIFO, a link, a second name, and a file that everybody can write to") func kinds() async throws {
        let path = directory.file()
        mkdir(path, 0o700)
        await expectRefused("is a folder")
        rmdir(path)
        mkfifo(path, 0o600)
        await expectRefused("is no regular file")
        unlink(path)
        await expectRefused("is no regular file", at: "/dev/null")
        try await makeStore("real.db")
        symlink(directory.file("real.db"), path)
        await expectRefused("is a symbolic link")
        unlink(path)
        symlink("nowhere", path)
        await expectRefused("is a symbolic link")
        unlink(path)
        link(directory.file("real.db"), path)
        await expectRefused("second name")
        unlink(path)
        rename(directory.file("real.db"), path)
        chmod(path, 0o666)
        await expectRefused("everybody can write to it")
    }

    @Test("A store of another user, whatever its mode", .enabled(if: isRoot, needsRoot), arguments: [0o600, 0o666] as [mode_t])
    func owner(mode: mode_t) async throws {
        try await makeStore()
        chown(directory.file(), 4321, 4321)
        chmod(directory.file(), mode)
        await expectRefused("belongs to uid 4321")
    }

    @Test(
        "Files beside the store that are links, have a second name or are another user's",
        arguments: ["-wal", "-shm", "-journal", ".reserve", ".again"])
    func sides(_ side: String) async throws {
        let beside = directory.file() + side, victim = directory.file("victim")
        for hasStore in [false, true] {
            if hasStore { try await makeStore() }
            writeFile(victim, [1, 2, 3])
            symlink(victim, beside)
            await expectSideRefused("is a symbolic link")
            unlink(beside)
            link(victim, beside)
            await expectSideRefused("second name")
            unlink(beside)
            guard Self.isRoot else { continue }
            writeFile(beside, [4])
            chown(beside, 4321, 4321)
            await expectSideRefused("belongs to uid 4321")
            unlink(beside)
        }
    }

    private func expectSideRefused(_ words: String) async {
        await expectRefused(words)
        #expect(readFile(directory.file("victim")) == [1, 2, 3])
    }

    @Test("Reading changes nothing: a store that was closed, one that was killed young, one of an older version, a damaged one")
    func reading() async throws {
        try await makeStore()
        let closed = picture
        let store = try await SQLiteStore.read(path: directory.file())
        #expect(try await store.revisions().map(\.number) == [1])
        #expect(try await store.files(of: 1) == [TableFile(path: "t", content: [1])])
        await store.close(now: now)
        #expect(picture == closed)

        let young = directory.file("young.db"), alive = directory.file("alive.db")
        let running = try await SQLiteStore.open(path: alive, now: now)
        for number in 1...3 {
            _ = try await running.append([TableFile(path: "t", content: [UInt8(number)])], hash: "\(number)", origin: .edited, now: now)
        }
        for side in ["", "-wal"] { writeFile(young + side, readFile(alive + side)) }
        let killed = picture
        let copy = try await SQLiteStore.read(path: young)
        #expect(try await copy.revisions().map(\.number) == [1, 2, 3])
        await copy.close(now: now)
        #expect(picture == killed)
        await running.close(now: now)

        var bytes = readFile(directory.file())
        for index in 4096..<bytes.count { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
        writeFile(directory.file(), bytes)
        let damaged = picture
        await #expect(throws: StoreError.self) { _ = try await SQLiteStore.read(path: directory.file()) }
        #expect(picture == damaged)
    }

    @Test("A store is read where it lies: each page in its newest version, from the file or from the log beside it, committed ones only")
    func readingWhereItLies() async throws {
        let big = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let alive = directory.file("alive.db"), read = directory.file("read.db")
        var store = try await SQLiteStore.open(path: alive, now: now)
        for number in 1...3 {
            _ = try await store.append([TableFile(path: "t", content: big + [UInt8(number)])], hash: "\(number)", origin: .edited, now: now)
        }
        await store.close(now: now)
        // From here on in the log alone.
        store = try await SQLiteStore.open(path: alive, now: now)
        for number in 4...6 {
            _ = try await store.append([TableFile(path: "t", content: big + [UInt8(number)])], hash: "\(number)", origin: .edited, now: now)
        }
        for side in ["", "-wal"] { writeFile(read + side, readFile(alive + side)) }
        // The beginning of a commit that never ended.
        writeFile(read + "-wal", Array(readFile(read + "-wal").dropLast(2000)))
        await store.close(now: now)
        let before = picture
        let reader = try await SQLiteStore.read(path: read)
        let numbers = try await reader.revisions().map(\.number)
        #expect(numbers.starts(with: [1, 2, 3]) && numbers.count < 6 && numbers.count >= 3)
        for number in numbers { #expect(try await reader.files(of: number) == [TableFile(path: "t", content: big + [UInt8(number)])]) }
        await #expect(throws: StoreError.self) { try await reader.setPaused(true, [JobID("a")]) }
        await #expect(throws: StoreError.self) { _ = try await SQLiteStore.open(path: read, now: now) }
        await reader.close(now: now)
        #expect(picture == before)
        let writer = try await SQLiteStore.open(path: read, now: now)
        #expect(try await writer.revisions().map(\.number) == numbers)
        await writer.close(now: now)
    }

    @Test("What nobody ever wrote cannot be read, and is not made by reading") func nothing() async throws {
        for path in [directory.file(), directory.file("a/b/crond.db")] {
            await #expect(throws: StoreError.self) { _ = try await SQLiteStore.read(path: path) }
        }
        #expect(directory.names == [])
    }

    @Test("A store that another process has open is not read past it", .enabled(if: Privilege.hasSQLite, Privilege.needsSQLite))
    func heldByAnother() async throws {
        try await makeStore()
        let ready = directory.file("ready"), go = directory.file("go")
        mkfifo(ready, 0o600)
        mkfifo(go, 0o600)
        let holder =
            "/usr/bin/sqlite3 \(directory.file()) 'PRAGMA locking_mode=EXCLUSIVE' 'BEGIN IMMEDIATE' COMMIT '.shell echo > \(ready); cat \(go)' >/dev/null &"
        try #require(shell(holder) == 0)
        _ = readFile(ready)
        do throws(StoreError) {
            _ = try await SQLiteStore.read(path: directory.file())
            Issue.record("read while it is held")
        } catch {
            #expect(error.code == .held)
        }
        writeFile(go, [])
    }

    @Test("Made whole: a life that ended while it gave the store its name leaves no second one") func secondName() async throws {
        try await makeStore()
        link(directory.file(), directory.file() + ".again")
        let store = try await SQLiteStore.open(path: directory.file(), now: now)
        #expect(try await store.revisions().count == 1)
        await store.close(now: now)
        #expect(access(directory.file() + ".again", F_OK) != 0)
    }

    @Test("Only where it is asked for, a file without a byte is replaced") func empty() async throws {
        writeFile(directory.file(), [])
        let store = try await SQLiteStore.open(path: directory.file(), now: now, replacesEmpty: true)
        #expect(try await store.revisions() == [])
        await store.close(now: now)
        await #expect(throws: Never.self) {
            await (try SQLiteStore.open(path: directory.file(), now: now, replacesEmpty: true)).close(now: now)
        }
    }

    @Test("Who else could replace it is said") func exposure() async throws {
        let folder = directory.file("open")
        mkdir(folder, 0o755)
        let store = try await SQLiteStore.open(path: folder + "/crond.db", now: now)
        #expect(store.exposure == nil)
        chmod(folder, 0o1777)
        #expect(store.exposure == "\(folder) can be written by everybody")
        chmod(folder, 0o755)
        chmod(directory.path, 0o777)
        #expect(store.exposure == "\(directory.path) can be written by everybody")
        chmod(directory.path, 0o1777)
        #expect(store.exposure == nil)
        if Self.isRoot {
            chown(folder, 4321, 4321)
            #expect(store.exposure == "\(folder) can be written by uid 4321")
        }
        await store.close(now: now)
    }
}
