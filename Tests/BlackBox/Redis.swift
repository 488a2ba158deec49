// tidy: helper
internal import Glibc

/// A redis-server of a test, on a socket below its folder; it ends with the test.
final class Redis {
    let url: String
    let socket: String
    let folder: String
    private let bench: Workbench
    private let command: [String]
    private let environment: [String: String]
    private var server: Daemon

    /// - Parameters:
    ///   - name: of its folder, where a test has several.
    ///   - clock: what it takes for the time.
    init(in bench: Workbench, _ arguments: [String] = [], name: String = "redis", clock: SteppingClock? = nil) async throws {
        environment = clock?.environment ?? [:]
        self.bench = bench
        folder = "\(bench.folder.path)/\(name)"
        socket = "\(folder)/redis.sock"
        url = "unix://\(socket)"
        bench.folder.folder(name)
        let own = ["--unixsocket", socket, "--dir", folder, "--port", "0", "--save", "", "--appendonly", "yes"]
        command = ["redis-server"] + own + arguments
        server = try bench.launch(command, environment: environment, isContained: false)
        try await expectReady()
    }

    private func expectReady() async throws {
        try await eventually("redis-server", within: .seconds(60)) { server.out.contains("eady to accept connections") }
    }

    /// kill -9.
    func crash() async throws {
        try server.signal(SIGKILL)
        _ = try await server.end()
    }

    /// Starts it again, with the files that are there.
    func start(isAwaited: Bool = true) async throws {
        server = try bench.launch(command, environment: environment, isContained: false)
        if isAwaited { try await expectReady() }
    }

    /// Makes it look as if services had used it before: it decides at once, in place of 10 s after the first of them came.
    func beKnown() async throws {
        let info = try await call("INFO", "server").split(whereSeparator: \.isNewline)
        guard let life = info.first(where: { $0.hasPrefix("run_id:") }) else { throw Complaint("no run id in \(info)") }
        try await call("HSET", "{cron:default}:meta", "rid", String(life.dropFirst(7)))
    }

    /// Bytes of its append-only file.
    var size: Int {
        var facts = stat()
        return stat(appendOnlyFile, &facts) == 0 ? Int(facts.st_size) : 0
    }

    /// Takes away what the append-only file has behind `size`.
    func cut(to size: Int) throws {
        guard size > 0, truncate(appendOnlyFile, off_t(size)) == 0 else { throw Complaint("\(appendOnlyFile) cannot be cut to \(size)") }
    }

    private var appendOnlyFile: String { "\(folder)/appendonlydir/appendonly.aof.1.incr.aof" }

    /// A command and its reply, as redis-cli prints it for programs. The last word comes from standard input, so that it may hold any byte.
    @discardableResult
    func call(_ words: String..., last: String? = nil) async throws -> String { try await call(words, last: last) }

    @discardableResult
    func call(_ words: [String], last: String? = nil) async throws -> String {
        let input = last.map { _ in ["-x"] } ?? []
        let result = try await Program.run(["redis-cli", "-s", socket] + input + words, input: last ?? "")
        guard result.code == 0 else { throw Complaint("redis-cli: \(result.errors)") }
        return result.out.hasSuffix("\n") ? String(result.out.dropLast()) : result.out
    }
}
