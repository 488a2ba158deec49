internal import CLinux
internal import CronJobs
internal import LinuxEvents

/// A time in which launches fail for want of something of the machine's, and runs wait. Told when it begins and when it is over, at most
/// once a minute: under a limit that is a little too low it begins and ends all the time.
struct Shortage {
    private static let quiet = Duration.seconds(60)

    private var began: MonotonicTime?
    private var lastTold: MonotonicTime?
    private var isTold = false

    var isOn: Bool { began != nil }

    /// A launch failed; whether to tell it.
    mutating func fail(_ now: MonotonicTime) -> Bool {
        if began == nil { began = now }
        guard !isTold, lastTold.map({ now - $0 >= Self.quiet }) ?? true else { return false }
        isTold = true
        lastTold = now
        return true
    }

    /// Launches work and nobody waits any more; how long it lasted, where its beginning was told.
    mutating func end(_ now: MonotonicTime) -> Duration? {
        defer {
            began = nil
            isTold = false
        }
        guard let began, isTold else { return nil }
        return now - began
    }
}

extension LaunchFailure {
    /// How what is missing is given more of.
    var remedy: String {
        switch errno {
        case EAGAIN: "raise the limit of processes: ulimit -u\(Self.processLimit), the container's --pids-limit"
        case EMFILE: "raise the limit of open files, \(FileLimit.current) now: ulimit -n, the container's --ulimit nofile="
        case ENFILE: "raise fs.file-max"
        default: "give the machine or the container more memory"
        }
    }

    private static var processLimit: String {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(__RLIMIT_NPROC.rawValue), &limit)
        return limit.rlim_cur == rlim_t.max ? "" : " (\(limit.rlim_cur) now, for all of the user's)"
    }
}

extension ProcessRunner {
    func noteShortage(_ failure: LaunchFailure) {
        guard shortage.fail(clocks.monotonic) else { return }
        warn(.launchesFail(reason: failure.reason, remedy: failure.remedy, waiting: queued))
    }

    func noteLaunch() {
        guard shortage.isOn, queued == 0, let length = shortage.end(clocks.monotonic) else { return }
        warn(.launchesWork(after: length))
    }
}
