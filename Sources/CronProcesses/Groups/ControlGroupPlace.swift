internal import CLinux

/// Where this process stands in the trees of control groups.
struct ControlGroupPlace: Hashable {
    /// Its folder in the tree of version 2; `nil` where there is none.
    var unified: String?
    /// Its folder in version 1's tree for memory.
    var memory: String?

    static var own: ControlGroupPlace {
        ControlGroupPlace(membership: text("/proc/self/cgroup"), mounts: text("/proc/self/mountinfo"))
    }

    init(unified: String?, memory: String?) {
        self.unified = unified
        self.memory = memory
    }

    /// - Parameters:
    ///   - membership: what `/proc/self/cgroup` says.
    ///   - mounts: what `/proc/self/mountinfo` says.
    init(membership: String, mounts: String) {
        var paths: [(controllers: Substring, path: Substring)] = []
        for line in membership.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            if fields.count == 3 { paths.append((fields[1], fields[2])) }
        }
        for line in mounts.split(separator: "\n") {
            guard let mount = Mount(line) else { continue }
            if mount.kind == "cgroup2", unified == nil {
                unified = paths.first { $0.controllers.isEmpty }.flatMap { mount.folder(of: $0.path) }
            } else if mount.kind == "cgroup", mount.options.split(separator: ",").contains("memory") {
                let own = paths.first { $0.controllers.split(separator: ",").contains("memory") }
                memory = own.flatMap { mount.folder(of: $0.path) }
            }
        }
    }

    /// The file that counts how often the kernel has killed here for want of memory.
    var memoryEvents: String? {
        let files = [unified.map { "\($0)/memory.events" }, memory.map { "\($0)/memory.oom_control" }]
        return files.compactMap(\.self).first { access($0, R_OK) == 0 }
    }

    private static func text(_ path: String) -> String {
        String(decoding: ProcessTable.contents(path, limit: 1 << 20) ?? [], as: UTF8.self)
    }

    private struct Mount {
        var root: Substring
        var point: Substring
        var kind: Substring
        var options: Substring

        /// `36 35 98:0 ROOT POINT rw,noatime master:1 - KIND SOURCE OPTIONS`
        init?(_ line: Substring) {
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count >= dash + 4 else { return nil }
            (root, point, kind, options) = (fields[3], fields[4], fields[dash + 1], fields[dash + 3])
        }

        /// Where a group of this tree is seen; `nil` where it lies outside of what is mounted.
        func folder(of path: Substring) -> String? {
            guard !path.hasPrefix("/..") else { return nil }
            if root == "/" { return String(point) + (path == "/" ? "" : String(path)) }
            guard path == root || path.hasPrefix(root + "/") else { return nil }
            return String(point) + String(path.dropFirst(root.count))
        }
    }
}

/// The line `oom_kill N` of a file of control groups.
enum MemoryKills {
    static func count(in path: String) -> Int64? {
        guard let bytes = ProcessTable.contents(path, limit: 4096) else { return nil }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix("oom_kill ") {
            return Int64(line.dropFirst(9))
        }
        return nil
    }
}
