internal import Glibc

/// Who is PID 1 where the service runs: it reaps orphans and passes signals on.
struct ProcessHealth {
    /// The service's process; `nil` where none runs.
    var service: Int32?
    /// The name of PID 1; `nil` where it cannot be seen.
    var first: String?

    private static let shells: Set<String> = ["sh", "bash", "dash", "ash", "ksh", "zsh"]

    static func look(service: Int32?) -> ProcessHealth {
        ProcessHealth(service: service, first: ProcessFiles.text("/proc/1/comm")?.split(whereSeparator: \.isNewline).first.map(String.init))
    }

    var findings: [Finding] {
        guard let first else { return [.unknown("pid1", "/proc/1 cannot be read")] }
        if let service, service == 1 { return [.ok("pid1", "the service itself")] }
        if first == "crond" { return [.ok("pid1", "crond: it reaps orphans and passes signals on to the service")] }
        guard Self.shells.contains(first), service != nil else { return [.ok("pid1", "PID 1 is \(first)")] }
        return [
            .todo(
                "pid1", "PID 1 is \(first), which passes no TERM on: the service would be killed without its drain",
                "start it with exec crond, or let it be the container's command itself")
        ]
    }
}

/// Numbers of the kernel about processes.
enum ProcessFiles {
    /// The hard limit of open files of a process.
    static func openFilesLimit(of pid: Int32) -> UInt64? {
        let line = text("/proc/\(pid)/limits")?.split(whereSeparator: \.isNewline).first { $0.hasPrefix("Max open files") }
        let words = line?.split(separator: " ") ?? []
        return words.count > 4 ? UInt64(words[4]) : nil
    }

    /// By the bound of our control group, version 2 or 1.
    static var processesLeft: Int? {
        for folder in ["/sys/fs/cgroup", "/sys/fs/cgroup/pids"] {
            guard let most = number("\(folder)/pids.max"), let now = number("\(folder)/pids.current") else { continue }
            return max(0, most - now)
        }
        return nil
    }

    private static func number(_ path: String) -> Int? {
        text(path).flatMap { Int($0.prefix { !$0.isNewline }) }
    }

    /// The beginning of a file of the kernel.
    static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 8192)
        let got = read(descriptor, &buffer, buffer.count)
        return got < 0 ? nil : String(decoding: buffer[..<got], as: UTF8.self)
    }
}
