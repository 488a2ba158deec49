// tidy: helper
import CronExpressions
import CronJobs
import CronTables
import Crontabs
import Glibc
import Testing

/// A keeper over files of the test's own, on a store that the test publishes to as another service would.
struct FollowingPlace {
    let path: String
    let store: ForgetfulStore
    let heard = Heard()
    let clocks = TableKeeperTests.Hands()
    let keeper: TableKeeper
    var table: String { "\(path)/table" }

    /// - Parameters:
    ///   - text: of the file; `nil` leaves it as it is.
    ///   - other: the service beside which this one runs, over the same files and store.
    init(
        _ text: String?, strict: Bool = false, follows: Bool = true, seal: TableSeal? = nil, beside other: FollowingPlace? = nil,
        store: ForgetfulStore? = nil, source: ((String) -> TableSource)? = nil
    ) async throws {
        var template = Array("/tmp/follow-XXXXXX".utf8CString)
        if other == nil { try #require(mkdtemp(&template) != nil) }
        path = other?.path ?? String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.store = other?.store ?? store ?? ForgetfulStore()
        let source = source?(path) ?? TableSource(files: ["\(path)/table"], format: .user)
        keeper = TableKeeper(
            source: source, compiler: TableCompiler(format: .user, zone: .utc, zones: .system, host: "host"), store: self.store,
            sharing: TableSharing(isShared: true, follows: follows, seal: seal), clocks: clocks, strict: strict,
            observer: heard)
        if let text { try write(text) }
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
            files, hash: TableHash.hash(files), origin: .edited, now: clocks.wall, terms: RevisionTerms(signer: signer))
    }

    func followed() async -> [String]? { commands(await keeper.follow()) }
    func checked() async -> [String]? { commands(await keeper.check(force: true)) }
    func current() async -> Int? { await keeper.currentRevision }
    func revisions() async -> Int { await store.revisions().count }

    private func commands(_ check: TableKeeper.Check) -> [String]? {
        guard case .changed(let table) = check else { return nil }
        return table.compiled.jobs.map { $0.command?.text ?? "" }
    }

    func remove() {
        for name in ["table", "drop/one", "drop/two"] { unlink("\(path)/\(name)") }
        rmdir("\(path)/drop")
        rmdir(path)
    }
}
