import CronDaemon
import CronExpressions
import CronJobs
import Crontabs
import Glibc
import Synchronization
import Testing

@Suite("Following what others publish") struct FollowingTests {
    final class Lines: LogSink {
        private let all = Mutex<[String]>([])
        var lines: [String] { all.withLock { $0 } }
        func write(_ line: [UInt8]) -> Bool {
            all.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
            return true
        }
        func count(_ words: String) -> Int { lines.count { $0.contains(words) } }
    }

    /// A keeper over files of the test's own, on a store that the test publishes to as another service would.
    struct Place {
        let path: String
        let store = ForgetfulStore()
        let log = Lines()
        let clocks = TableKeeperTests.Hands()
        let keeper: TableKeeper
        var table: String { "\(path)/table" }

        init(_ text: String, strict: Bool = false, seal: TableSeal? = nil, source: ((String) -> TableSource)? = nil) async throws {
            var template = Array("/tmp/follow-XXXXXX".utf8CString)
            try #require(mkdtemp(&template) != nil)
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let source = source?(path) ?? TableSource(files: ["\(path)/table"], format: .user)
            keeper = TableKeeper(
                source: source, compiler: TableCompiler(format: .user, zone: .utc, zones: .system, host: "host"), store: store,
                sharing: TableSharing(isShared: true, follows: true, seal: seal), clocks: clocks, strict: strict,
                log: Log(format: .text, level: .info, clocks: clocks, errors: log))
            try write(text)
            _ = try await keeper.start(policy: .auto)
        }

        func write(_ text: String, to name: String = "table") throws {
            let file = try #require(fopen("\(path)/\(name)", "w"))
            fputs(text, file)
            fclose(file)
        }

        func read(_ name: String = "table") -> String? {
            guard let file = fopen("\(path)/\(name)", "r") else { return nil }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 4096)
            return String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
        }

        /// Another service publishes.
        func publish(_ text: String, path: String? = nil, signer: (any RevisionSigner)? = nil) async throws {
            try await publish([TableFile(path: path ?? table, content: Array(text.utf8))], signer: signer)
        }

        func publish(_ files: [TableFile], signer: (any RevisionSigner)? = nil) async throws {
            _ = try await store.append(
                files, hash: TableHash.hash(files), origin: .edited, now: clocks.wall, seen: 0, signer: signer)
        }

        func followed() async -> [String]? { commands(await keeper.follow()) }
        func checked() async -> [String]? { commands(await keeper.check(force: true)) }
        func revisions() async -> Int { await store.revisions().count }

        private func commands(_ check: TableKeeper.Check) -> [String]? {
            guard case .changed(let table) = check else { return nil }
            return table.compiled.jobs.map(\.command.text)
        }

        func remove() {
            for name in ["table", "drop/one", "drop/two"] { unlink("\(path)/\(name)") }
            rmdir("\(path)/drop")
            rmdir(path)
        }
    }

    @Test("A newer revision is written to the file, applied once, and published by nobody again") func newer() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        #expect(await place.followed() == nil, "its own is the newest")
        let text = "# é \t\n2 * * * * two"
        try await place.publish(text)
        #expect(await place.followed() == ["two"])
        #expect(place.read() == text)
        #expect(await place.followed() == nil)
        #expect(await place.checked() == nil, "what it wrote is no edit")
        #expect(await place.revisions() == 2)
        #expect(place.log.count("crond table restore 1") == 1, "what it replaced can be brought back")
        try place.write("3 * * * * three\n")
        #expect(await place.checked() == ["three"])
        #expect(await place.revisions() == 3)
        #expect(await place.followed() == nil)
    }

    @Test("An edit that was not looked at yet comes first, and then is the newest") func ownEdit() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        try await place.publish("2 * * * * two\n")
        try place.write("3 * * * * three, longer\n")
        guard case .unsettled = await place.keeper.follow() else { return #expect(Bool(false), "the edit is looked at first") }
        #expect(place.read() == "3 * * * * three, longer\n")
        #expect(await place.checked() == ["three, longer"])
        #expect(await place.followed() == nil)
        #expect(await place.store.newestRevision()?.number == 3)
    }

    @Test("A revision that is refused whole is not applied, and said once") func refused() async throws {
        let place = try await Place("1 * * * * one\n", strict: true)
        defer { place.remove() }
        try await place.publish("61 * * * * wrong\n")
        for _ in 0..<3 { #expect(await place.followed() == nil) }
        #expect(place.read() == "1 * * * * one\n")
        #expect(place.log.count("the table is not used") == 1)
        try await place.publish("2 * * * * two\n")
        #expect(await place.followed() == ["two"])
    }

    @Test("Only files of the table are written, whatever paths a revision names") func foreignPath() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        try await place.publish("2 * * * * two\n", path: "\(place.path)/elsewhere")
        #expect(await place.followed() == ["two"])
        #expect(place.read("elsewhere") == nil && place.read() == "1 * * * * one\n")
        #expect(await place.checked() == nil, "the file that it could not write is no edit")
        #expect(await place.revisions() == 2)
    }

    @Test("A table behind a symbolic link is its deployer's: nothing is followed, and that is said once") func readOnly() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        unlink(place.table)
        try place.write("1 * * * * one\n", to: "target")
        symlink("\(place.path)/target", place.table)
        defer { unlink("\(place.path)/target") }
        try await place.publish("2 * * * * two\n")
        for _ in 0..<3 { #expect(await place.followed() == nil) }
        #expect(place.read("target") == "1 * * * * one\n")
        #expect(place.log.count("are not followed: the table is read-only") == 1)
    }

    @Test("A drop-in file that the followed revision does not have goes away; the order of files makes no edit") func dropIns() async throws
    {
        let place = try await Place("1 * * * * one\n") {
            mkdir("\($0)/drop", 0o755)
            return TableSource(files: ["\($0)/table"], dropInFolders: ["\($0)/drop"], format: .user)
        }
        defer { place.remove() }
        try place.write("2 * * * * two\n", to: "drop/one")
        #expect(await place.checked() == ["one", "two"])
        let files = [("drop/two", "3 * * * * three\n"), ("table", "1 * * * * one\n")]
        try await place.publish(files.map { TableFile(path: "\(place.path)/\($0.0)", content: Array($0.1.utf8)) })
        #expect(await place.followed() == ["three", "one"])
        #expect(place.read("drop/one") == nil && place.read("drop/two") == "3 * * * * three\n")
        #expect(await place.checked() == nil)
        #expect(await place.revisions() == 3)
    }

    @Test("With a key only what is properly signed is followed; what is not is refused once") func signed() async throws {
        let seal = TableSeal(name: "default", key: try TableKey(Array("sixteen bytes ok".utf8)))
        let place = try await Place("1 * * * * one\n", seal: seal)
        defer { place.remove() }
        #expect(await place.store.newestRevision().map(seal.accepts) == true)
        try await place.publish("2 * * * * evil\n")
        for _ in 0..<3 { #expect(await place.followed() == nil) }
        #expect(place.log.count("revisions of the table are refused") == 1)
        try await place.publish("3 * * * * good\n", signer: seal)
        try await place.publish("4 * * * * evil\n")
        #expect(await place.followed() == ["good"], "the signed one below an unsigned one")
        #expect(place.read() == "3 * * * * good\n")
    }

    @Test("What is published after a replay has a number above all that were in use") func replay() async throws {
        let place = try await Place("1 * * * * one\n")
        defer { place.remove() }
        try await place.publish("2 * * * * two\n")
        #expect(await place.followed() == ["two"])
        await place.store.forget(after: 1)
        for _ in 0..<3 { #expect(await place.followed() == nil) }
        #expect(place.log.count("older than the one in use") == 1)
        try place.write("3 * * * * three\n")
        #expect(await place.checked() == ["three"])
        #expect(await place.store.newestRevision()?.number == 3)
    }
}

/// A memory store that a test can put back to an earlier time.
actor ForgetfulStore: RevisionStore {
    private var inner = MemoryRevisionStore()
    private var kept: Int?

    func forget(after number: Int) { kept = number }

    func revisions() async -> [Revision] { await inner.revisions().filter { $0.number <= kept ?? .max } }
    func newestRevision() async -> Revision? { await revisions().last }
    func newestNumber() async -> Int? { await newestRevision()?.number }
    func revision(_ number: Int) async -> Revision? { await revisions().first { $0.number == number } }
    func files(of revision: Int) async -> [TableFile]? { await self.revision(revision) == nil ? nil : await inner.files(of: revision) }
    func baseline() async -> String? { await inner.baseline() }
    func setBaseline(_ hash: String) async { await inner.setBaseline(hash) }

    func append(
        _ files: [TableFile], hash: String, origin: RevisionOrigin, now: WallTime, seen: Int, signer: (any RevisionSigner)?
    ) async throws(StoreError) -> Revision {
        guard let kept else {
            return try await inner.append(files, hash: hash, origin: origin, now: now, seen: seen, signer: signer)
        }
        let older = inner
        inner = MemoryRevisionStore()
        for revision in await older.revisions() where revision.number <= kept {
            _ = try await inner.append(
                await older.files(of: revision.number) ?? [], hash: revision.hash, origin: revision.origin, now: revision.createdAt,
                seen: 0,
                signer: nil)
        }
        self.kept = nil
        return try await inner.append(files, hash: hash, origin: origin, now: now, seen: seen, signer: signer)
    }
}
