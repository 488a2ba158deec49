internal import CSQLite
internal import CronJobs
internal import Glibc

// What is in a store is run, by root as root. So its file and those beside it must be nobody else's: of this user or of root, regular, with
// one name, and not writable by everybody. A link or a second name may lead to a file of another program; one of another user holds what he
// likes.
//
// A file is looked at by name first, because opening some kinds (a device, a FIFO) does something; what counts is what the opened descriptor
// says. SQLite opens files by itself, also later, so the same is asked there, inside its own `open` (`cs_open_plain`).

/// A file that was opened for reading and is ours.
final class PlainFile: Sendable {
    let descriptor: Int32
    let facts: stat

    /// `nil` where nothing has the name.
    init?(_ path: String) throws(StoreError) {
        guard try Self.facts(of: path) != nil else { return nil }
        descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        var facts = stat()
        guard descriptor >= 0, fstat(descriptor, &facts) == 0 else {
            self.facts = facts
            throw Location.failure(errno, path)
        }
        self.facts = facts
        if let fault = Self.fault(facts) { throw StoreError(.refused, "\(path): \(fault)") }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Facts of a file that may be opened, by its name; `nil` where nothing has it.
    static func facts(of path: String) throws(StoreError) -> stat? {
        var facts = stat()
        guard lstat(path, &facts) == 0 else {
            if errno == ENOENT { return nil }
            throw Location.failure(errno, path)
        }
        if let fault = fault(facts) { throw StoreError(.refused, "\(path): \(fault)") }
        return facts
    }

    /// Why a file cannot be a part of a store; `nil` if it can.
    private static func fault(_ facts: stat) -> String? {
        switch facts.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFLNK: return "is a symbolic link, which a store's file must not be: name the file itself"
        case S_IFDIR: return "is a folder: name a file in it for the store"
        default: return "is no regular file, and so no store"
        }
        if facts.st_uid != geteuid(), facts.st_uid != 0 {
            return
                "belongs to uid \(facts.st_uid), who could put any command into it: nothing is read from it; if it is this service's own, "
                + "chown it to uid \(geteuid())"
        }
        if facts.st_nlink > 1 { return "has a second name (a hard link), which a store's file must not have: remove the other one" }
        if facts.st_mode & S_IWOTH != 0 { return "everybody can write to it: chmod o-w, if nobody else has" }
        return nil
    }

    var size: Int { Int(facts.st_size) }

    /// Nothing was written into it since it was opened.
    var isUnchanged: Bool {
        var now = stat()
        return fstat(descriptor, &now) == 0 && (now.st_mtim.tv_sec, now.st_mtim.tv_nsec) == (facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec)
    }

    /// So many bytes from `offset` on; fewer at the end of the file.
    func bytes(at offset: Int, count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(0, min(count, size - offset)))
        let done = bytes.withUnsafeMutableBytes { read($0, at: offset) }
        if done < bytes.count { bytes.removeLast(bytes.count - done) }
        return bytes
    }

    /// Fills `bytes` from `offset` on; answers how many there were.
    func read(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        var done = 0
        while done < bytes.count {
            let got = pread(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { break }
            done += got
        }
        return done
    }

    /// Shares the file with readers and keeps SQLite from writing to it while this is open; false where somebody holds it for writing.
    func lockForReading() -> Bool {
        // The range that SQLite's own readers lock.
        var lock = flock(l_type: Int16(F_RDLCK), l_whence: Int16(SEEK_SET), l_start: 0x4000_0002, l_len: 510, l_pid: 0)
        return fcntl(descriptor, F_SETLK, &lock) == 0
    }
}

extension Location {
    /// Who else could put another file in the place of this one, in words; `nil` where nobody can.
    ///
    /// In a sticky folder others cannot take our files away, but bring files of their own beside them.
    var exposure: String? {
        var place = path, isFirst = true
        while let cut = place.lastIndex(of: "/") {
            place = cut == place.startIndex ? "/" : String(place[..<cut])
            var facts = stat()
            if lstat(place, &facts) == 0, isFirst || facts.st_mode & S_ISVTX == 0, let others = Self.others(facts) {
                return "\(place) can be written by \(others)"
            }
            isFirst = false
            if place == "/" { break }
        }
        var facts = stat()
        if lstat(path, &facts) == 0, let others = Self.others(facts) { return "\(path) can be written by \(others)" }
        return nil
    }

    private static func others(_ facts: stat) -> String? {
        if facts.st_uid != 0, facts.st_uid != geteuid() { return "uid \(facts.st_uid)" }
        if facts.st_mode & S_IWOTH != 0 { return "everybody" }
        guard facts.st_mode & S_IWGRP != 0, facts.st_gid != 0, geteuid() == 0 || !isOurs(facts.st_gid) else { return nil }
        return "group \(facts.st_gid)"
    }

    private static func isOurs(_ group: gid_t) -> Bool {
        var groups = [gid_t](repeating: 0, count: 1024)
        let count = getgroups(Int32(groups.count), &groups)
        return group == getegid() || groups.prefix(Int(max(0, count))).contains(group)
    }
}
