internal import CronExpressions
internal import CronJobs
internal import CronStoreSQLite
internal import Glibc
internal import Testing

@Suite(.timeLimit(.minutes(30))) struct DurabilityTests {
    private let directory: TemporaryDirectory
    private let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    init() throws { directory = try TemporaryDirectory() }

    private func opened(_ path: String) async throws -> SQLiteStore {
        let store = try await SQLiteStore.open(path: path, now: now)
        _ = try await store.open(bootID: "b", now: now)
        return store
    }

    private func claim(_ job: String, _ second: Int64) -> Claim {
        Claim(run: RunID(job: JobID(job), .scheduled(Instant(second))), trigger: .scheduled, first: Instant(second), since: Instant(0))
    }

    /// Opens a copy of the files as they lie there now, the log cut to `keep` bytes.
    private func afterCrash(_ path: String, as name: String, keep: Int = .max) async throws -> SQLiteStore {
        writeFile(directory.file(name), readFile(path))
        writeFile(directory.file(name) + "-wal", Array(readFile(path + "-wal").prefix(keep)))
        return try await opened(directory.file(name))
    }

    @Test func whatReturnedOutlivesAKill() async throws {
        let path = directory.file()
        let store = try await opened(path)
        for second in Int64(1)...20 {
            _ = try await store.claim([claim("a", second)], now: now)
            let copy = try await afterCrash(path, as: "copy-\(second).db")
            #expect(try await copy.watermarks() == [JobID("a"): Instant(second)])
            #expect(try await copy.openRuns() == Int(second))
            await copy.close(now: now)
        }
    }

    @Test func aTruncatedLogLosesOnlyItsEnd() async throws {
        let path = directory.file()
        let store = try await opened(path)
        for second in Int64(1)...20 { _ = try await store.claim([claim("a", second), claim("b", second)], now: now) }
        let size = readFile(path + "-wal").count
        var last: Int64 = 20
        for (index, keep) in stride(from: size, to: 0, by: -max(1, size / 40)).enumerated() {
            let copy = try await afterCrash(path, as: "cut-\(index).db", keep: keep)
            #expect(await copy.setAside == nil)
            let marks = try await copy.watermarks()
            let a = marks[JobID("a")]?.seconds ?? 0
            #expect(marks[JobID("b")]?.seconds ?? 0 == a, "a commit holds whole or not at all")
            #expect(a <= last)
            #expect(try await copy.openRuns() == Int(a) * 2)
            last = a
            await copy.close(now: now)
        }
    }

    @Test func startsAreWrittenSoonByThemselves() async throws {
        let path = directory.file()
        let store = try await opened(path)
        let answers = try await store.claim([claim("a", 1)], now: now)
        guard case .won(let fence)? = answers.first else { Issue.record("not won"); return }
        let before = readFile(path + "-wal").count
        try await store.start([Start(run: claim("a", 1).run, fence: fence, at: now, process: ProcessIdentity(pid: 3, startTicks: 4))])
        while readFile(path + "-wal").count == before { await Task.yield() }
        let copy = try await afterCrash(path, as: "copy.db")
        #expect(try await copy.sweep(now: now).map(\.process) == [ProcessIdentity(pid: 3, startTicks: 4)])
    }

    @Test func damagedContentIsShownAndNeverHandedOut() async throws {
        let path = directory.file()
        let store = try await opened(path)
        let marker = Array("these bytes are looked for".utf8)
        _ = try await store.append([TableFile(path: "t", content: marker)], hash: "h", origin: .deployed, now: now)
        _ = try await store.append([TableFile(path: "t", content: [1])], hash: "i", origin: .edited, now: now)
        await store.close(now: now)
        var bytes = readFile(path)
        let at = try #require(bytes.indices.first { bytes[$0...].starts(with: marker) })
        bytes[at] ^= 1
        writeFile(path, bytes)
        let again = try await opened(path)
        #expect(await again.setAside == nil)
        #expect(try await again.revisions().map(\.intact) == [false, true])
        await #expect(throws: StoreError.self) { try await again.files(of: 1) }
        #expect(try await again.files(of: 2) == [TableFile(path: "t", content: [1])])
        let healed = try await again.append([TableFile(path: "t", content: marker)], hash: "h", origin: .restored, now: now)
        #expect(try await again.files(of: healed.number) == [TableFile(path: "t", content: marker)])
    }

    @Test func outcomesAreCountedByName() async throws {
        let store = try await opened(directory.file())
        let outcomes: [Outcome] = [.missed(1), .missed(2), .skipped(.load)]
        for (index, outcome) in outcomes.enumerated() {
            let at = Instant(Int64(index + 1))
            try await store.skip([Skip(job: JobID("a"), first: at, last: at, count: 1, outcome: outcome, since: Instant(0))], now: now)
        }
        #expect(try await store.outcomes(since: now) == ["missed": 2, "skipped": 1])
        #expect(try await store.outcomes(since: now + .nanoseconds(1)) == [:])
    }
}
