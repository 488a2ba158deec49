internal import CronExpressions
internal import CronJobs
internal import CronStoreSQLite
internal import Glibc
internal import Testing

@Suite(.timeLimit(.minutes(30))) struct OpeningTests {
    private let directory: TemporaryDirectory
    private let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    init() throws { directory = try TemporaryDirectory() }

    private func open(_ path: String, wait: Duration = .zero) async throws(StoreError) -> SQLiteStore {
        try await SQLiteStore.open(path: path, wait: wait, now: now)
    }

    private func refusal(_ path: String) async -> StoreError? {
        do throws(StoreError) {
            await (try open(path)).close(now: now)
            return nil
        } catch {
            return error
        }
    }

    @Test func makesDirectoriesAndFilesForTheOwnerOnly() async throws {
        let path = directory.file("a/b/crond.db")
        let store = try await open(path)
        #expect(mode(of: directory.file("a")) == 0o700)
        #expect(mode(of: directory.file("a/b")) == 0o700)
        for suffix in ["", "-wal", ".reserve"] { #expect(mode(of: path + suffix) == 0o600, "\(suffix)") }
        #expect(entries(of: directory.file("a/b")) == ["crond.db", "crond.db-wal", "crond.db.reserve"])
        #expect(await store.setAside == nil)
        #expect(await store.sizeInBytes() > 4 << 20)
        await store.close(now: now)
        #expect(entries(of: directory.file("a/b")) == ["crond.db", "crond.db.reserve"])
    }

    @Test func descriptorsAreNotInherited() async throws {
        let store = try await open(directory.file())
        var found = 0
        for name in entries(of: "/proc/self/fd") {
            guard let number = Int32(name), link("/proc/self/fd/\(name)").hasPrefix(directory.path) else { continue }
            found += 1
            #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0, "\(link("/proc/self/fd/\(name)"))")
        }
        #expect(found == 2)
        await store.close(now: now)
    }

    @Test func isOpenOnceInAProcess() async throws {
        let store = try await open(directory.file())
        #expect(await refusal(directory.file())?.code == .held)
        symlink(directory.path, directory.path + "-link")
        defer { unlink(directory.path + "-link") }
        #expect(await refusal(directory.path + "-link/crond.db")?.code == .held)
        #expect(await refusal(directory.path + "/../" + (directory.path.split(separator: "/").last ?? "") + "/crond.db")?.code == .held)
        await store.close(now: now)
        let again = try await open(directory.file())
        await again.close(now: now)
    }

    @Test(.enabled(if: Privilege.hasSQLite, Privilege.needsSQLite)) func waitsForAnotherProcess() async throws {
        let path = directory.file()
        let first = try await open(path)
        await first.close(now: now)
        let ready = directory.file("ready"), go = directory.file("go")
        mkfifo(ready, 0o600)
        mkfifo(go, 0o600)
        let pipe = Glibc.open(ready, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer { Glibc.close(pipe) }
        let child = try #require(holder(of: path, ready: ready, until: go))
        var event = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
        try #require(poll(&event, 1, 30_000) == 1)
        let held = await refusal(path)
        #expect(held?.code == .held)
        #expect(held?.message.contains(path) == true)
        async let late = open(path, wait: .seconds(30))
        writeFile(go, [])
        let store = try await late
        var status: Int32 = 0
        waitpid(child, &status, 0)
        #expect(await store.setAside == nil)
        await store.close(now: now)
    }

    /// SQLite's own program: it locks the file, writes to `ready` and holds it until `go` is written.
    private func holder(of path: String, ready: String, until go: String) -> pid_t? {
        let wait = ".shell echo > \(ready); cat \(go)"
        let words = ["/usr/bin/sqlite3", path, "PRAGMA locking_mode=EXCLUSIVE", "BEGIN IMMEDIATE", "COMMIT", wait]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { (word: String) in strdup(word) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child: pid_t = 0
        return posix_spawn(&child, words[0], nil, nil, &arguments, environ) == 0 ? child : nil
    }

    @Test func putsDamagedFilesAside() async throws {
        let path = directory.file()
        let first = try await open(path)
        let table = [TableFile(path: "x", content: [UInt8](repeating: 7, count: 100_000))]
        _ = try await first.append(table, hash: "h", origin: .edited, now: now)
        await first.close(now: now)
        var bytes = readFile(path)
        for index in 4096..<bytes.count { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
        writeFile(path, bytes)
        writeFile(path + "-wal", [1, 2, 3])
        let store = try await open(path)
        let aside = try #require(await store.setAside)
        #expect(aside == path + ".corrupt-1700000000")
        #expect(readFile(aside) == bytes)
        #expect(try await store.revisions() == [])
        #expect(try await store.open(bootID: "b", now: now).incarnation == now.instant.seconds)
        await store.close(now: now)
        let again = try await open(path)
        #expect(await again.setAside == nil)
        await again.close(now: now)
    }

    @Test(.enabled(if: Privilege.hasSQLite, Privilege.needsSQLite)) func leavesOtherProgramsDatabasesAlone() async throws {
        let path = directory.file()
        try #require(shell("/usr/bin/sqlite3 \(path) 'CREATE TABLE t(x)'") == 0)
        let bytes = readFile(path)
        #expect(await refusal(path)?.code == .refused)
        #expect(entries(of: directory.path).contains { $0.contains("corrupt") } == false)
        #expect(readFile(path).count == bytes.count)
    }

    @Test(.enabled(if: Privilege.hasSQLite, Privilege.needsSQLite)) func refusesANewerSchema() async throws {
        let path = directory.file()
        await (try open(path)).close(now: now)
        try #require(shell("/usr/bin/sqlite3 \(path) \"UPDATE meta SET value=99 WHERE key='schema'\"") == 0)
        #expect(await refusal(path)?.code == .newerSchema)
    }

    @Test(.enabled(if: Privilege.hasSQLite, Privilege.needsSQLite), arguments: ["fence", "incarnation", "schema"])
    func extremeNumbersInTheFileAreErrorsNotTraps(key: String) async throws {
        let path = directory.file()
        await (try open(path)).close(now: now)
        for value in ["9223372036854775807", "-9223372036854775808", "'words'", "NULL", "x'00ff'"] {
            try #require(shell("/usr/bin/sqlite3 \(path) \"INSERT OR REPLACE INTO meta VALUES('\(key)', \(value))\"") == 0)
            guard let store = try? await open(path) else { continue }
            _ = try? await store.open(bootID: "b", now: now)
            _ = try? await store.sweep(now: now)
            let claim = Claim(run: RunID(job: JobID("a"), .startup(1)), trigger: .startup, first: now.instant, since: now.instant)
            _ = try? await store.claim([claim], now: now)
            await store.close(now: now)
        }
    }

    @Test func saysWhatIsWrongWithAPlace() async throws {
        for path in ["", "/", "a\u{0}b", directory.path + "/"] {
            #expect(await refusal(path)?.code == .unavailable, "\(path.debugDescription)")
        }
        #expect(await refusal(directory.path)?.code == .refused)
        writeFile(directory.file("plain"), [1])
        let error = await refusal(directory.file("plain/crond.db"))
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains(directory.file("plain")) == true)
    }

    @Test func closedStoresAnswerErrors() async throws {
        let store = try await open(directory.file())
        await store.close(now: now)
        await store.close(now: now)
        await #expect(throws: StoreError.self) { try await store.watermarks() }
        await #expect(throws: StoreError.self) { try await store.start([]) }
    }
}

private func link(_ path: String) -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { bytes in
        bytes.withMemoryRebound(to: CChar.self) { text in text.baseAddress.map { readlink(path, $0, text.count) } ?? 0 }
    }
    return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
}

/// Runs a command line; its exit code, `nil` if there was none.
func shell(_ line: String) -> Int32? {
    var arguments: [UnsafeMutablePointer<CChar>?] = ["/bin/sh", "-c", line].map { (word: String) in strdup(word) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child: pid_t = 0, status: Int32 = 0
    guard posix_spawn(&child, "/bin/sh", nil, nil, &arguments, environ) == 0, waitpid(child, &status, 0) == child else { return nil }
    return status & 0x7f == 0 ? status >> 8 & 0xff : nil
}
