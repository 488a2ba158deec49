internal import CronJobs
internal import CronStoreSQLite
internal import CronTesting
internal import Testing

@Suite struct ConformanceTests {
    @Test(arguments: LedgerConformance.checks.map(\.name))
    func ledger(_ name: String) async throws {
        let directory = try TemporaryDirectory()
        let check = try #require(LedgerConformance.checks.first { $0.name == name })
        try await check.run({ try await open(directory) }) { ledger in
            await ledger.close(now: WallTime(nanoseconds: 1_700_000_000_000_000_000 + 65_000_000_000))
            return try await open(directory)
        }
    }

    @Test(arguments: KeepingConformance.checks.map(\.name))
    func keeping(_ name: String) async throws {
        let directory = try TemporaryDirectory()
        let check = try #require(KeepingConformance.checks.first { $0.name == name })
        try await check.run({ try await open(directory) }) { ledger in
            await ledger.close(now: WallTime(nanoseconds: 1_700_000_000_000_000_000 + 65_000_000_000))
            return try await open(directory)
        }
    }

    @Test(arguments: KeepingConformance.checks.map(\.name))
    func keepingAfterCrashes(_ name: String) async throws {
        let directory = try TemporaryDirectory()
        let check = try #require(KeepingConformance.checks.first { $0.name == name })
        let lives = Lives(directory)
        try await check.run({ try await lives.next() }) { _ in try await lives.next() }
    }

    /// The store is never closed: what counts is what lies on the disk at any moment.
    @Test(arguments: LedgerConformance.checks.map(\.name))
    func ledgerAfterCrashes(_ name: String) async throws {
        let directory = try TemporaryDirectory()
        let check = try #require(LedgerConformance.checks.first { $0.name == name })
        let lives = Lives(directory)
        try await check.run({ try await lives.next() }) { ledger in
            // A start may be lost in a crash; these checks want it. It is written with whatever is read next.
            _ = try? await ledger.watermarks()
            return try await lives.next()
        }
    }

    @Test(arguments: RevisionStoreConformance.checks.map(\.name))
    func revisions(_ name: String) async throws {
        let directory = try TemporaryDirectory()
        let check = try #require(RevisionStoreConformance.checks.first { $0.name == name })
        try await check.run({ try await open(directory) }) { store in
            await (store as? SQLiteStore)?.close(now: WallTime(nanoseconds: 0))
            return try await open(directory)
        }
    }

    private func open(_ directory: TemporaryDirectory) async throws -> SQLiteStore {
        try await SQLiteStore.open(path: directory.file(), now: WallTime(nanoseconds: 0))
    }
}

/// Copies of a store that is never closed, each made from the files of the one before: what `kill -9` leaves.
private actor Lives {
    private let directory: TemporaryDirectory
    private var count = 0

    init(_ directory: TemporaryDirectory) { self.directory = directory }

    func next() async throws -> SQLiteStore {
        count += 1
        let path = directory.file("life-\(count).db")
        if count > 1 {
            for suffix in ["", "-wal"] { writeFile(path + suffix, readFile(directory.file("life-\(count - 1).db") + suffix)) }
        }
        return try await SQLiteStore.open(path: path, now: WallTime(nanoseconds: 0))
    }
}
