internal import CLinux
internal import CronProcesses
internal import Glibc

/// As whom lines run.
struct UserHealth {
    var uid: UInt32
    var canSwitch: Bool
    /// The user database has it.
    var isNamed: Bool

    static func look() -> UserHealth {
        UserHealth(uid: geteuid(), canSwitch: cl_can_switch_user() != 0, isNamed: getpwuid(geteuid()) != nil)
    }

    var findings: [Finding] {
        if canSwitch { return [.ok("users", "uid \(uid), which can become other users: lines run as theirs")] }
        if uid == 0 {
            return [
                .todo(
                    "users", "uid 0 without the right to become another user: every line runs as root",
                    "give the container the capabilities SETUID and SETGID (--cap-add), or run it as the jobs' own user")
            ]
        }
        let home = isNamed ? "" : "; it has no entry in /etc/passwd, so HOME is the container's"
        return [.ok("users", "every line runs as uid \(uid), whatever its user column says\(home)")]
    }
}
