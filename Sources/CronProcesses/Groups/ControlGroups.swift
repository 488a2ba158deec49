internal import CLinux
internal import CronJobs
internal import LinuxEvents

// A group for each run that has a limit which only a group can keep: memory and processors of all its processes together.
//
//     base/                     the service's own group, or the one that it was given
//       crond-service/          the service itself: a group whose processes stand in it gives no controllers on
//       crond-run-PID-N/        one run
//
// Nothing is touched before the first such run: a service that nobody asks for limits stays where it is. Whether it could be done is looked at
// before, so that a table with such a limit is known to be degraded (or refused) when it is read.
//
// A group is removed when its run is over; one in which something was left, later. What a killed service left is removed by its next life.

/// Makes control groups for runs. Any thread.
public final class ControlGroups: Sendable {
    /// Why no run can have a group of its own here; `nil` where it can.
    public let obstacle: String?

    private let base: String
    /// Nobody stands in it but groups of runs.
    private let isGiven: Bool
    private let own: [Int32]
    private let state = Locked(State())

    private struct State {
        var isReady = false
        var number = 0
    }

    private static let serviceName = "crond-service", prefix = "crond-run-"
    private static let wanted = ["cpu", "memory"]

    /// - Parameters:
    ///   - folder: a group for the runs' groups; `nil` is the service's own.
    ///   - hasInit: this process's parent is its container's init, and ours.
    public convenience init(folder: String?, hasInit: Bool = false) {
        self.init(folder: folder, place: .own, own: hasInit ? [getpid(), getppid()] : [getpid()])
    }

    init(folder: String?, place: ControlGroupPlace, own: [Int32]) {
        isGiven = folder != nil
        self.own = own
        var base = folder ?? place.unified ?? ""
        // A service that was started again from its first life's place.
        if folder == nil, base.hasSuffix("/\(Self.serviceName)") { base = String(base.dropLast(Self.serviceName.utf8.count + 1)) }
        self.base = base
        obstacle = Self.obstacle(base, isGiven: isGiven, own: own)
    }

    private static func obstacle(_ base: String, isGiven: Bool, own: [Int32]) -> String? {
        if base.isEmpty { return "there is no cgroup v2 here" }
        guard let controllers = words("\(base)/cgroup.controllers") else { return "\(base) is no group of cgroup v2" }
        let missing = wanted.filter { name in !controllers.contains { $0 == name } }
        if !missing.isEmpty { return "the control group \(base) has no controller for \(missing.joined(separator: " and "))" }
        if access(base, W_OK) != 0 || access("\(base)/cgroup.subtree_control", W_OK) != 0 {
            return "the control group \(base) cannot be written: \(SystemError.text(of: cl_errno()))"
        }
        if isGiven || isRoot(base) { return nil }
        let others = (words("\(base)/cgroup.procs") ?? []).compactMap { Int32($0) }.filter { !own.contains($0) }
        return others.isEmpty ? nil : "other processes stand in the control group \(base): process \(others[0])"
    }

    /// Only the tree's root may have processes and give controllers on.
    private static func isRoot(_ base: String) -> Bool { access("\(base)/cgroup.type", F_OK) != 0 }

    /// A group with these limits, empty yet.
    func make(_ limits: ResourceLimits) throws(LaunchFailure) -> RunGroup {
        let number = try prepare()
        let path = "\(base)/\(Self.prefix)\(getpid())-\(number)"
        guard mkdir(path, 0o755) == 0 else { throw LaunchFailure("cgroup", errno: cl_errno(), subject: path) }
        let group = RunGroup(path: path)
        do {
            if let memory = limits.memory {
                try Self.write("\(memory)", to: "\(path)/memory.max")
                // Where the kernel counts it: what does not fit is not to go to the disk instead, and the run ends as a whole.
                try? Self.write("0", to: "\(path)/memory.swap.max")
                try? Self.write("1", to: "\(path)/memory.oom.group")
            }
            if let share = limits.milliCPU { try Self.write("\(share * 100) 100000", to: "\(path)/cpu.max") }
            try group.open()
        } catch {
            _ = group.remove()
            throw error
        }
        return group
    }

    /// Sees to it that groups below the base have the controllers; answers a number that no group has yet.
    private func prepare() throws(LaunchFailure) -> Int {
        let result: Result<Int, LaunchFailure> = state.withLock { state in
            Result { () throws(LaunchFailure) in
                if !state.isReady { try setUp() }
                state.isReady = true
                state.number += 1
                while access("\(base)/\(Self.prefix)\(getpid())-\(state.number)", F_OK) == 0 { state.number += 1 }
                return state.number
            }
        }
        return try result.get()
    }

    private func setUp() throws(LaunchFailure) {
        if !isGiven, !Self.isRoot(base) {
            let service = "\(base)/\(Self.serviceName)"
            guard mkdir(service, 0o755) == 0 || cl_errno() == EEXIST else {
                throw LaunchFailure("cgroup", errno: cl_errno(), subject: service)
            }
            for process in own { try Self.write("\(process)", to: "\(service)/cgroup.procs") }
        }
        try Self.write(Self.wanted.map { "+\($0)" }.joined(separator: " "), to: "\(base)/cgroup.subtree_control")
        removeLeftovers()
    }

    /// Groups of runs whose service lives no more, where nothing is left in them.
    private func removeLeftovers() {
        guard let folder = opendir(base) else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasPrefix(Self.prefix), let maker = Int32(name.dropFirst(Self.prefix.count).prefix { $0 != "-" }) else { continue }
            if maker == getpid() || ProcessTable.stat(of: maker)?.isLive != true { rmdir("\(base)/\(name)") }
        }
    }

    private static func words(_ path: String) -> [Substring]? {
        ProcessTable.contents(path, limit: 1 << 20).map { String(decoding: $0, as: UTF8.self).split { $0 == " " || $0 == "\n" } }
    }

    static func write(_ text: String, to path: String) throws(LaunchFailure) {
        let descriptor = cl_open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw LaunchFailure("cgroup", errno: cl_errno(), subject: path) }
        defer { close(descriptor) }
        if !BodyFile.write(Array(text.utf8), to: descriptor) { throw LaunchFailure("cgroup", errno: cl_errno(), subject: path) }
    }
}
