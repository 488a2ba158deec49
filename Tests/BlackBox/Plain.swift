// tidy: helper

/// A service with its own table in user format, store and socket, not PID 1: for quick tests.
final class Plain: Workbench {
    var table: String { "\(folder.path)/crontab" }
    var store: String { "sqlite:\(folder.path)/store/ledger.db" }
    var socket: String { "\(folder.path)/crond.sock" }

    /// The first line that makes the other lines have seconds in front.
    static let seconds = "# crond: dialect=quartz\n\n"

    func start(
        _ text: String? = nil, _ arguments: [String] = [], environment: [String: String] = [:], store: String? = nil, waits: Bool = true
    ) async throws -> Daemon {
        if let text { folder.write("crontab", text) }
        let command = [Program.crond, "run", table, "--format", "user", "--store", store ?? self.store, "--socket", socket]
        let daemon = try launch(command + arguments, environment: environment, isContained: false)
        if waits { try await daemon.expectReady() }
        return daemon
    }

    /// A verb that talks to this service or its store.
    func verb(_ arguments: String...) async throws -> Program.Result {
        // What stands behind -- is a job's.
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        return try await Program.run([Program.crond] + arguments[..<end] + ["--socket", socket] + arguments[end...])
    }

    /// A table verb with no service running.
    func storeVerb(_ arguments: String...) async throws -> Program.Result {
        try await Program.run([Program.crond] + arguments + ["--socket", socket, "--store", store])
    }
}
