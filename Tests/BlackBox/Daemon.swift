// tidy: helper
internal import Glibc

/// A started crond, plain or as PID 1 of a container.
final class Daemon {
    private let program: Program
    private let isContained: Bool
    private let folder: Folder
    private let number: Int

    init(_ program: Program, isContained: Bool, folder: Folder, number: Int) {
        self.program = program
        self.isContained = isContained
        self.folder = folder
        self.number = number
    }

    static func names(_ number: Int) -> (out: String, errors: String) { ("out-\(number)", "err-\(number)") }

    // MARK: What it said

    var out: String { folder.read(Self.names(number).out) }
    var errors: String { folder.read(Self.names(number).errors) }

    /// All lines in JSON of both streams, standard error first.
    var log: [LogLine] { (errors + out).split(separator: "\n").compactMap(LogLine.init) }

    func log(_ message: String, _ wanted: [String: String] = [:]) -> [LogLine] {
        log.filter { line in line.message == message && wanted.allSatisfy { line[$0.key] == $0.value } }
    }

    /// Lines that jobs wrote.
    var outputs: [String] { log("output").map { $0["text"] ?? "" } }

    @discardableResult
    func expect(_ message: String, _ wanted: [String: String] = [:], within limit: Duration = .seconds(30)) async throws -> LogLine {
        var found: LogLine?
        do {
            try await eventually("the log line \"\(message)\" \(wanted)", within: limit) {
                found = log(message, wanted).first
                return found != nil
            }
        } catch let complaint as Complaint {
            throw Complaint("\(complaint); the log is\n\(errors.suffix(4000))")
        }
        guard let found else { throw Complaint("no log line \(message)") }
        return found
    }

    func expectOutput(_ text: String, within limit: Duration = .seconds(30)) async throws {
        try await expect("output", ["text": text], within: limit)
    }

    func expectReady() async throws {
        let limit = ContinuousClock.now + .seconds(60)
        while log("ready").isEmpty, !errors.contains(" ready ") {
            if program.hasEnded { throw Complaint("crond ended with \(program.status ?? -1) before it was ready:\n\(errors)") }
            guard ContinuousClock.now < limit else { throw Complaint("crond was not ready within a minute:\n\(errors)") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    // MARK: The process

    /// The process that a user would signal: PID 1 of the container, or crond itself. As numbered outside.
    var pid: pid_t { isContained ? Self.children(of: program.pid).first ?? 0 : program.pid }

    /// The service itself: in a container the first child of PID 1.
    var service: pid_t { isContained ? Self.children(of: pid).first ?? 0 : program.pid }

    static func children(of pid: pid_t) -> [pid_t] {
        Folder(path: "/proc/\(pid)/task/\(pid)").read("children").split(separator: " ").compactMap { pid_t($0) }
    }

    var isRunning: Bool { !program.hasEnded }

    func signal(_ number: Int32) throws {
        let target = pid
        guard target > 1 else { throw Complaint("there is no process to signal") }
        kill(target, number)
    }

    func end(within limit: Duration = .seconds(30)) async throws -> Int32 { try await program.end(within: limit) }

    @discardableResult
    func stop(within limit: Duration = .seconds(30)) async throws -> Int32 {
        try signal(SIGTERM)
        return try await end(within: limit)
    }

    /// Power off: crond and, in a container, all of it.
    func destroy() { program.destroy() }
}
