internal import CLinux

/// The control group of one run. Made on a launcher thread, then the loop's.
final class RunGroup: @unchecked Sendable {
    let path: String
    /// Through it a process enters; -1 while it is closed.
    private(set) var entrance: Int32 = -1

    init(path: String) { self.path = path }

    deinit { close() }

    func open() throws(LaunchFailure) {
        entrance = cl_open("\(path)/cgroup.procs", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard entrance >= 0 else { throw LaunchFailure("cgroup", errno: cl_errno(), subject: "\(path)/cgroup.procs") }
    }

    func close() {
        if entrance >= 0 { CLinux.close(entrance) }
        entrance = -1
    }

    /// How often the kernel killed in it for want of memory. It began with none.
    var memoryKills: Int64 { MemoryKills.count(in: "\(path)/memory.events") ?? 0 }

    /// The live processes in it, whatever groups and sessions they have made for themselves.
    var members: [Int32] {
        let text = String(decoding: ProcessTable.contents("\(path)/cgroup.procs", limit: 1 << 20) ?? [], as: UTF8.self)
        return text.split(separator: "\n").compactMap { Int32($0) }.filter { $0 > 1 && ProcessTable.stat(of: $0)?.isLive == true }
    }

    /// KILL to all of them, those that are being made meanwhile included.
    func killAll() { try? ControlGroups.write("1", to: "\(path)/cgroup.kill") }

    /// False while something is left in it.
    func remove() -> Bool { rmdir(path) == 0 || cl_errno() == ENOENT }
}
