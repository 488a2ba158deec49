// tidy: helper

/// A redis-server of a test, on a socket below its folder; it ends with the test.
struct Redis {
    let url: String
    private let socket: String

    init(in bench: Workbench, _ arguments: [String] = []) async throws {
        socket = "\(bench.folder.path)/redis/redis.sock"
        url = "unix://\(socket)"
        bench.folder.folder("redis")
        let own = ["--unixsocket", socket, "--dir", "\(bench.folder.path)/redis", "--port", "0", "--save", "", "--appendonly", "yes"]
        let server = try bench.launch(["redis-server"] + own + arguments, environment: [:], isContained: false)
        try await eventually("redis-server") { server.out.contains("eady to accept connections") }
    }

    /// A command and its reply, as redis-cli prints it for programs. The last word comes from standard input, so that it may hold any byte.
    @discardableResult
    func call(_ words: String..., last: String? = nil) async throws -> String {
        let input = last.map { _ in ["-x"] } ?? []
        let result = try await Program.run(["redis-cli", "-s", socket] + input + words, input: last ?? "")
        guard result.code == 0 else { throw Complaint("redis-cli: \(result.errors)") }
        return result.out.hasSuffix("\n") ? String(result.out.dropLast()) : result.out
    }
}
