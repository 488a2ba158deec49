internal import CLinux
internal import CronProcesses
internal import Glibc

/// What the system gives: descriptors, threads, watches of files.
struct LimitHealth {
    enum Watching {
        case works
        /// `inotify_init`: too many users of it.
        case noInstance
        /// `inotify_add_watch`: too many watches.
        case noWatch
        case unknown(Int32)
    }

    /// Files that may be open: what the service raises its own limit to.
    var files: UInt64
    /// What a start would end with.
    var shortage: String?
    var watching: Watching
    /// Processes that the container may still have; `nil` without a bound.
    var processesLeft: Int?

    static func look(_ store: Configuration.Store, service: Int32?) -> LimitHealth {
        LimitHealth(
            files: service.flatMap(ProcessFiles.openFilesLimit) ?? ownFiles, shortage: service == nil ? Room(for: store).shortage : nil,
            watching: tryWatching(), processesLeft: ProcessFiles.processesLeft)
    }

    private static var ownFiles: UInt64 {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return UInt64(limit.rlim_max)
    }

    /// Makes a watch, and lets it go.
    private static func tryWatching() -> Watching {
        let descriptor = inotify_init1(Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { return errno == EMFILE ? .noInstance : .unknown(errno) }
        defer { close(descriptor) }
        guard inotify_add_watch(descriptor, "/", UInt32(IN_DELETE_SELF)) >= 0 else { return errno == ENOSPC ? .noWatch : .unknown(errno) }
        return .works
    }

    var findings: [Finding] { [descriptors, threads, inotify] }

    private var descriptors: Finding {
        let runs = max(1, (Int(clamping: files) - 64) / 4)
        guard let feature = ReducedFeature(runsAtOnce: runs, files: files) else {
            return .ok("descriptors", "\(files) files may be open: \(runs) runs at once")
        }
        return .todo("descriptors", feature.reason, feature.remedy)
    }

    private var threads: Finding {
        if let shortage { return .todo("threads", shortage, "without that a service does not start") }
        guard let left = processesLeft else { return .ok("threads", "no bound for the container's processes") }
        guard left < 64 else { return .ok("threads", "\(left) more processes fit into the container") }
        return .todo(
            "threads", "\(left) more processes fit into the container", "raise its bound (--pids-limit): each run needs one or more")
    }

    private var inotify: Finding {
        let meaning = "edits of the table would be seen after 15 s, not at once"
        switch watching {
        case .works: return .ok("inotify", "files can be watched")
        case .noInstance: return .todo("inotify", meaning, "raise fs.inotify.max_user_instances on the host (sysctl)")
        case .noWatch: return .todo("inotify", meaning, "raise fs.inotify.max_user_watches on the host (sysctl)")
        case .unknown(let number):
            return .todo("inotify", "\(meaning): \(String(cString: strerror(number)))", "permit inotify in the container's seccomp profile")
        }
    }
}
