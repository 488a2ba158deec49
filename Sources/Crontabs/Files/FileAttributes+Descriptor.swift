package import CLinux
package import CronJobs
internal import Glibc

/// Reads the attributes of an open file, and gives them to another.
extension FileAttributes {
    /// Who else may use it: with it the group's bits of the mode are a bound of what it grants, and not the group's own.
    package static let accessList = "system.posix_acl_access"
    /// Of `user.*` attributes: whoever may write the file must not fill the store.
    private static let mostNames = 32, mostBytes = 65_536

    package init(of descriptor: Int32, _ status: stat) {
        self.init(mode: UInt32(status.st_mode), user: status.st_uid, group: status.st_gid, extended: Self.extended(of: descriptor))
    }

    static func extended(of descriptor: Int32) -> [Extended] {
        var list = [CChar](repeating: 0, count: mostBytes)
        let length = flistxattr(descriptor, &list, list.count)
        guard length > 0 else { return [] }
        let names = list[..<length].split(separator: 0).map { String(decoding: $0.map(UInt8.init(bitPattern:)), as: UTF8.self) }
        var found: [Extended] = [], left = mostBytes
        for name in names.filter(isKept).sorted().prefix(mostNames) {
            var value = [UInt8](repeating: 0, count: left)
            let count = fgetxattr(descriptor, name, &value, value.count)
            guard count >= 0 else { continue }
            left -= count
            found.append(Extended(name: name, value: Array(value[..<count])))
        }
        return found
    }

    private static func isKept(_ name: String) -> Bool { name.hasPrefix("user.") || name == accessList }

    /// Mode and attributes. A file system without attributes keeps none; where an access list cannot be set, the group gets nothing, since what
    /// the mode grants it was a bound for others.
    static func set(mode: UInt32, _ extended: [Extended], on descriptor: Int32) -> Bool {
        var mode = mode
        // A folder may give what is made in it a list of its own.
        if !extended.contains(where: { $0.name == accessList }) { _ = fremovexattr(descriptor, accessList) }
        for item in extended where isKept(item.name) {
            let isSet = fsetxattr(descriptor, item.name, item.value, item.value.count, 0) == 0
            if item.name == accessList, !isSet { mode &= 0o7707 }
        }
        // After the list, which has a bound of its own.
        return fchmod(descriptor, mode) == 0
    }

    /// Of a file that we make.
    static func ours(mode: UInt32) -> FileAttributes { FileAttributes(mode: mode, user: geteuid(), group: .max) }

    /// What a file made anew may have: never writable by others, no set-id bits; root's or the service's own. A group that cannot be given
    /// gets no more than everybody.
    func ofNewFile(user service: UInt32) -> FileAttributes {
        let isOurs = user == service
        let owner = service == 0 ? 0 : service
        let mayGiveGroup = service == 0 || isOurs
        var mode = mode & 0o777 & ~0o022
        if !mayGiveGroup { mode = mode & 0o707 | (mode & 0o007) << 3 }
        return FileAttributes(mode: mode, user: owner, group: mayGiveGroup ? group : .max, extended: extended)
    }
}
