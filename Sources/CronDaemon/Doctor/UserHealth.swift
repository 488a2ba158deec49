internal import CronProcesses
internal import Glibc

/// As whom lines run.
struct UserHealth {
    var uid: UInt32
    var switching: UserSwitching
    /// The user database has it.
    var isNamed: Bool

    static func look() -> UserHealth {
        UserHealth(uid: geteuid(), switching: .look(), isNamed: getpwuid(geteuid()) != nil)
    }

    var findings: [Finding] {
        switch switching {
        case .possible: [.ok("users", "uid \(uid), which can become other users: lines run as theirs")]
        case .noCapability where uid != 0:
            [.ok("users", "every line runs as uid \(uid), whatever its user column says\(isNamed ? "" : Self.nameless)")]
        case .noCapability:
            [
                .todo(
                    "users", "uid 0 without the right to become another user: every line runs as root",
                    "give the container the capabilities SETUID and SETGID (--cap-add), or run it as the jobs' own user")
            ]
        case .groupsDenied: [ofNamespace("in which nobody can set groups (/proc/self/setgroups is deny)")]
        case .nobodyElse: [ofNamespace("that has no other user or group (/proc/self/uid_map and gid_map)")]
        }
    }

    private static let nameless = "; it has no entry in /etc/passwd, so HOME is the container's"

    private func ofNamespace(_ fault: String) -> Finding {
        .todo(
            "users", "uid \(uid) of a user namespace \(fault): every line runs as uid \(uid), whatever its user column says",
            "give the namespace more users (subuid and subgid with newuidmap, as rootless Podman and Docker do), or run it as the jobs' own user"
        )
    }
}
