internal import CLinux

// Whether lines can run as other users. The capabilities alone do not say it: in a user namespace (rootless containers, `unshare --map-root-user`)
// they are all there, and say nothing about users that the namespace does not have.

/// Whether this process can become other users; where not, why.
public enum UserSwitching: Hashable, Sendable {
    case possible
    /// SETUID or SETGID is not in force.
    case noCapability
    /// The user namespace was made by somebody who must not drop groups: nobody in it can set them.
    case groupsDenied
    /// The user namespace has no user, or no group, beside our own.
    case nobodyElse

    /// As it is now. Reads files of the kernel's.
    public static func look() -> UserSwitching {
        func text(_ name: String) -> String? {
            ProcessTable.contents("/proc/self/\(name)", limit: 64 << 10).map { String(decoding: $0, as: UTF8.self) }
        }
        return UserSwitching(
            isCapable: cl_can_switch_user() != 0, setgroups: text("setgroups"), users: text("uid_map"), groups: text("gid_map"))
    }

    /// - Parameters:
    ///   - setgroups: `allow` or `deny`; of this and the maps `nil` is what cannot be read, and then the capabilities decide.
    ///   - users: `INSIDE OUTSIDE COUNT` in each line.
    init(isCapable: Bool, setgroups: String?, users: String?, groups: String?) {
        if !isCapable {
            self = .noCapability
        } else if setgroups?.hasPrefix("deny") ?? false {
            self = .groupsDenied
        } else if Self.hasOthers(users), Self.hasOthers(groups) {
            self = .possible
        } else {
            self = .nobodyElse
        }
    }

    private static func hasOthers(_ map: String?) -> Bool {
        guard let map else { return true }
        let counts = map.split(separator: "\n").map { UInt64($0.split(separator: " ").last ?? "") ?? 0 }
        return counts.reduce(0) { $0.addingReportingOverflow($1).partialValue } > 1
    }
}
