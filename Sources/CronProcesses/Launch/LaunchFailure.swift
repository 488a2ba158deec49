internal import CLaunch
internal import CLinux

/// A launch that did not reach its program.
struct LaunchFailure: Error {
    var stage: String
    var errno: Int32

    /// Whether the same launch may work a moment later: the machine is out of something.
    var isPassing: Bool { [EAGAIN, ENOMEM, EMFILE, ENFILE].contains(errno) }

    /// The service itself is short of something, so the next launch would fail as well.
    var concernsAll: Bool { ["pipe", "input", "stack", "clone", "watch"].contains(stage) }

    init(_ stage: String, errno: Int32) {
        self.stage = stage
        self.errno = errno
    }

    init(_ result: crond_launch_result) {
        let stages: [Int32: String] = [
            Int32(CROND_STAGE_STACK.rawValue): "stack", Int32(CROND_STAGE_CLONE.rawValue): "clone",
            Int32(CROND_STAGE_SESSION.rawValue): "setsid", Int32(CROND_STAGE_DESCRIPTORS.rawValue): "descriptors",
            Int32(CROND_STAGE_LIMITS.rawValue): "limits", Int32(CROND_STAGE_GROUPS.rawValue): "setgroups",
            Int32(CROND_STAGE_GID.rawValue): "setgid", Int32(CROND_STAGE_UID.rawValue): "setuid",
            Int32(CROND_STAGE_CHDIR.rawValue): "chdir", Int32(CROND_STAGE_PRIVILEGES.rawValue): "no-new-privileges",
            Int32(CROND_STAGE_EXEC.rawValue): "exec",
        ]
        self.init(stages[result.stage] ?? "launch", errno: result.error)
    }
}
