// tidy: helper
internal import Glibc

/// The place of one test: a folder, the services started in it, and an end that leaves nothing behind.
class Workbench {
    let folder: Folder
    private var daemons: [Daemon] = []

    required init() throws {
        try Program.requireBinary()
        folder = try Folder.temporary()
        folder.folder("out", mode: 0o1777)
    }

    /// Runs a test's body and ends everything that it started, however it ends.
    static func use(_ body: (Self) async throws -> Void) async throws {
        let bench = try Self()
        do {
            try await body(bench)
            bench.cleanUp()
        } catch {
            bench.cleanUp()
            throw error
        }
    }

    private func cleanUp() {
        for daemon in daemons { daemon.destroy() }
        for pid in survivors { kill(pid, SIGKILL) }
        folder.remove()
    }

    /// What every service is started with; its jobs can write below `$OUT`.
    var environment: [String: String] {
        ["CROND_LOG_FORMAT": "json", "BLACKBOX": folder.path, "OUT": "\(folder.path)/out"]
    }

    /// Processes that carry this test's mark in their environment: the services and all their jobs.
    var survivors: [pid_t] {
        guard let processes = opendir("/proc") else { return [] }
        defer { closedir(processes) }
        let mark = Array("BLACKBOX=\(folder.path)".utf8)
        var found: [pid_t] = []
        while let entry = readdir(processes) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let pid = pid_t(name), let variables = Folder(path: "/proc/\(name)").bytes("environ") else { continue }
            if variables.split(separator: 0).contains(where: { $0.elementsEqual(mark) }) { found.append(pid) }
        }
        return found
    }

    func launch(_ arguments: [String], environment more: [String: String], isContained: Bool) throws -> Daemon {
        let number = daemons.count + 1
        let names = Daemon.names(number)
        let program = try Program(
            arguments, environment: environment.merging(more) { $1 }, out: "\(folder.path)/\(names.out)",
            errors: "\(folder.path)/\(names.errors)")
        let daemon = Daemon(program, isContained: isContained, folder: folder, number: number)
        daemons.append(daemon)
        return daemon
    }
}
