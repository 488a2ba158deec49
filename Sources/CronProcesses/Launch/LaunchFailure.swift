internal import CLaunch
internal import CLinux
internal import LinuxEvents

/// A launch that did not reach its program.
struct LaunchFailure: Error {
    var stage: String
    var errno: Int32
    /// What the step was about: a path, a user.
    var subject: String

    /// What failed and why, such as `/no/such/shell: No such file or directory`.
    var reason: String {
        let reason = "\(subject): \(SystemError.text(of: errno))"
        guard stage == "clone", [EPERM, ENOSYS].contains(errno) else { return reason }
        return "\(reason): a seccomp profile forbids it: update the container runtime, or give it a profile that allows clone"
    }

    /// Whether the same launch may work a moment later: the machine is out of something.
    var isPassing: Bool { [EAGAIN, ENOMEM, EMFILE, ENFILE].contains(errno) }

    /// The service itself is short of something, so the next launch would fail as well.
    var concernsAll: Bool { ["pipe", "input", "stack", "clone", "watch"].contains(stage) }

    init(_ stage: String, errno: Int32, subject: String? = nil) {
        self.stage = stage
        self.errno = errno
        self.subject = subject ?? stage
    }

    /// - Parameter subject: what a step is about, by the step's name.
    init(_ result: crond_launch_result, subject: (String) -> String?) {
        let stages: [Int32: String] = [
            Int32(CROND_STAGE_STACK.rawValue): "stack", Int32(CROND_STAGE_CLONE.rawValue): "clone",
            Int32(CROND_STAGE_SESSION.rawValue): "setsid", Int32(CROND_STAGE_DESCRIPTORS.rawValue): "descriptors",
            Int32(CROND_STAGE_LIMITS.rawValue): "limits", Int32(CROND_STAGE_GROUPS.rawValue): "setgroups",
            Int32(CROND_STAGE_GID.rawValue): "setgid", Int32(CROND_STAGE_UID.rawValue): "setuid",
            Int32(CROND_STAGE_CHDIR.rawValue): "chdir", Int32(CROND_STAGE_PRIVILEGES.rawValue): "no-new-privileges",
            Int32(CROND_STAGE_EXEC.rawValue): "exec", Int32(CROND_STAGE_CAPABILITIES.rawValue): "capabilities",
            Int32(CROND_STAGE_STALLED.rawValue): "stalled", Int32(CROND_STAGE_NICE.rawValue): "nice",
            Int32(CROND_STAGE_CGROUP.rawValue): "cgroup",
        ]
        let stage = stages[result.stage] ?? "launch"
        self.init(stage, errno: result.error, subject: subject(stage))
    }
}
