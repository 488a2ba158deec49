internal import CLinux

/// Blocking look-ups in the system's user database: files or whatever the name service is set to, which may be a server far away.
enum UserDatabase {
    enum Answer {
        case found(User)
        case unknown
        /// The database did not answer; nothing is known.
        case unavailable
    }

    /// A name, or `UID[:GID]`.
    ///
    /// A number without an entry runs with the group of the same number, never with root's by accident. With `:GID` that group is the only one.
    static func lookUp(_ text: String) -> Answer {
        switch entry({ getpwnam_r(text, $0, $1, $2, $3) }) {
        case .found(let user): return .found(user)
        case .unavailable: return .unavailable
        case .unknown: break
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let uid = number(first) else { return .unknown }
        var group: UInt32?
        if parts.count == 2 {
            guard let gid = number(parts[1]) else { return .unknown }
            group = gid
        }
        let answer = entry { getpwuid_r(uid, $0, $1, $2, $3) }
        switch (answer, group) {
        case (.found(let user), let gid?):
            return .found(User(name: user.name, uid: uid, gid: gid, groups: [gid], home: user.home))
        case (.unknown, _):
            let gid = group ?? uid
            return .found(User(name: "\(uid)", uid: uid, gid: gid, groups: [gid], home: nil))
        default: return answer
        }
    }

    /// Who this process is, its groups as they are.
    static func own() -> User {
        let uid = getuid(), gid = getgid()
        var groups = [UInt32](repeating: 0, count: max(0, Int(getgroups(0, nil))))
        let count = getgroups(Int32(groups.count), &groups)
        groups = Array(groups.prefix(max(0, Int(count))))
        guard case .found(let user) = entry({ getpwuid_r(uid, $0, $1, $2, $3) }) else {
            return User(name: "\(uid)", uid: uid, gid: gid, groups: groups, home: nil)
        }
        return User(name: user.name, uid: uid, gid: gid, groups: groups, home: user.home)
    }

    /// Decimal digits only; the highest number means "no change" to the kernel and is no user.
    private static func number(_ text: Substring) -> UInt32? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }), let value = UInt32(text), value != .max else { return nil }
        return value
    }

    private typealias Call = (
        UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int, UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32

    private static func entry(_ call: Call) -> Answer {
        var size = 2048
        while size <= 1 << 20 {
            var buffer = [CChar](repeating: 0, count: size)
            var record = passwd()
            var result: UnsafeMutablePointer<passwd>?
            let (error, user): (Int32, User?) = buffer.withUnsafeMutableBufferPointer { bytes in
                guard let start = bytes.baseAddress else { return (ENOMEM, nil) }
                let error = call(&record, start, bytes.count, &result)
                return (error, result == nil ? nil : makeUser(record))
            }
            if let user { return .found(user) }
            switch error {
            case ERANGE: size *= 4
            case 0, ENOENT, ESRCH, EBADF, EPERM: return .unknown
            case EINTR: continue
            default: return .unavailable
            }
        }
        return .unavailable
    }

    private static func makeUser(_ record: passwd) -> User? {
        guard let name = record.pw_name else { return nil }
        var count: Int32 = 64
        var groups = [gid_t](repeating: 0, count: Int(count))
        if getgrouplist(name, record.pw_gid, &groups, &count) < 0 {
            let room = max(Int(count), 65_536)
            groups = [gid_t](repeating: 0, count: room)
            count = Int32(room)
            if getgrouplist(name, record.pw_gid, &groups, &count) < 0 { return nil }
        }
        let home = record.pw_dir.map { String(cString: $0) }
        return User(
            name: String(cString: name), uid: record.pw_uid, gid: record.pw_gid, groups: Array(groups.prefix(Int(count))),
            home: home?.isEmpty == true ? nil : home)
    }
}
