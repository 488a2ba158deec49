internal import CSQLite
internal import CronExpressions
internal import CronJobs
internal import Glibc
internal import Synchronization

// POSIX locks belong to the process, and *any* close of a descriptor of the file drops them all. So the file is opened only by SQLite, only
// once in a process (the registry below), and looked at only by name.

/// Where a store lies: its file, the directory around it, and what kind of file system that is.
struct Location {
    /// Absolute; symbolic links on the way to it are resolved, it is none itself.
    let path: String
    /// Contents go with the machine or container: nothing survives there.
    let isEphemeral: Bool

    private static let networkKinds: [UInt32: String] = [
        0x6969: "NFS", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB", 0x517B: "SMB", 0x6573_5546: "FUSE", 0x0102_1997: "9P",
        0x00C3_6400: "Ceph", 0x5346_414F: "AFS", 0x7375_7245: "Coda", 0x0BD0_0BD0: "Lustre", 0x4750_4653: "GPFS", 0x564C: "NCP",
    ]
    private static let ephemeralKinds: Set<UInt32> = [0x0102_1994, 0x794C_7630, 0x8584_58F6]

    /// Throws where a store cannot or must not be.
    ///
    /// - Parameter forReading: nothing will be written there; else the directory is made if it is missing.
    init(_ given: String, allowNetworkFileSystem: Bool, forReading: Bool = false) throws(StoreError) {
        let cut = given.lastIndex(of: "/")
        let name = cut.map { String(given[given.index(after: $0)...]) } ?? given
        let parent = cut.map { $0 == given.startIndex ? "/" : String(given[..<$0]) } ?? "."
        guard !name.isEmpty, name != ".", name != "..", !given.utf8.contains(0) else {
            throw StoreError(.unavailable, "\"\(given)\" names no file for the store")
        }
        if !forReading { try Self.makeDirectory(parent) }
        guard let directory = Self.resolve(parent) else { throw Self.failure(errno, "directory \(parent)") }
        path = directory == "/" ? "/\(name)" : "\(directory)/\(name)"

        var facts = statfs()
        guard statfs(directory, &facts) == 0 else { throw Self.failure(errno, "directory \(directory)") }
        let kind = UInt32(truncatingIfNeeded: facts.f_type)
        if let network = Self.networkKinds[kind], !allowNetworkFileSystem {
            throw StoreError(
                .unavailable, "\(path): \(network) file systems do not lock reliably; put the store on a local one, or force it")
        }
        isEphemeral = Self.ephemeralKinds.contains(kind)
        guard forReading || access(directory, W_OK | X_OK) == 0 else { throw Self.failure(errno, "directory \(directory) of the store") }
    }

    /// Makes an empty file, readable by its owner only. The side files take its mode over.
    static func makeFile(_ path: String) throws(StoreError) {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0o600)
        guard descriptor >= 0 else { throw failure(errno, path) }
        Glibc.close(descriptor)
    }

    /// Makes a store without content, unless something has its name. It gets the name when it is whole: nobody finds half a store.
    ///
    /// - Returns: logs of a store that was gone, which lie under other names now.
    func make(now: WallTime) throws(StoreError) -> [String] {
        try withLock { () throws(StoreError) -> [String] in
            guard !Self.isThere(path) else { return [] }
            let logs = try loneLogs(), copy = path + ".again"
            // A journal that an earlier life left would be taken for the new file's.
            try dropCopy()
            do throws(StoreError) {
                try Self.makeFile(copy)
                let connection = try Connection(path: copy)
                defer { connection.close() }
                // Nobody sees it before it is whole and on the disk: nothing of it need be confirmed on the way.
                for setting in ["journal_mode=MEMORY", "synchronous=OFF"] { try connection.execute("PRAGMA \(setting)") }
                try Schema.prepare(connection)
                connection.close()
                try Self.markLogged(copy)
                try Self.sync(copy)
                let aside = try clearSides(logs: logs, now: now)
                try giveName(to: copy)
                return aside
            } catch {
                unlink(copy)
                throw error
            }
        }
    }

    /// Has a database that nobody has open, and that has no log, begin with one: what SQLite would write, and confirm, at the first opening.
    private static func markLogged(_ path: String) throws(StoreError) {
        let descriptor = Glibc.open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno, path) }
        defer { Glibc.close(descriptor) }
        var versions: [UInt8] = [2, 2]
        guard pwrite(descriptor, &versions, 2, 18) == 2 else { throw failure(errno, path) }
    }

    /// Removes a file without a byte, as an earlier version left it where it could not begin; nothing else.
    func removeEmpty() {
        guard let facts = try? PlainFile.facts(of: path), facts.st_size == 0 else { return }
        unlink(path)
    }

    /// The identity of the file that has the name now.
    var inode: UInt64? {
        var facts = stat()
        return stat(path, &facts) == 0 ? UInt64(facts.st_ino) : nil
    }

    /// Bytes that are free for us around the file.
    var freeBytes: UInt64 {
        var facts = statfs()
        guard statfs(path, &facts) == 0 else { return 0 }
        return UInt64(facts.f_bavail).multipliedReportingOverflow(by: UInt64(clamping: facts.f_bsize)).partialValue
    }

    /// Whether anything has this name, a link that leads nowhere too.
    static func isThere(_ path: String) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0
    }

    static func size(of path: String) -> Int {
        var facts = stat()
        return stat(path, &facts) == 0 ? Int(facts.st_size) : 0
    }

    /// Renames the damaged file and its side files away, unless somebody else did (`nil`: look again).
    func setAside(inode damaged: UInt64?, now: WallTime) throws(StoreError) -> String? {
        try withLock { () throws(StoreError) in
            guard inode == damaged else { return nil }
            let target = Self.unused("\(path).corrupt-\(now.instant.seconds)")
            for suffix in ["-wal", "-journal", "-shm"] { rename(path + suffix, target + suffix) }
            guard rename(path, target) == 0 else { throw Self.failure(errno, path) }
            return target
        }
    }

    /// No other service makes this store or sets it aside meanwhile. The lock is that of a file which nobody else can open, and which goes with it: the
    /// folder's own lock could be held by whoever can read the folder.
    func withLock<T>(_ body: () throws(StoreError) -> T) throws(StoreError) -> T {
        let name = path + ".making"
        if let facts = try PlainFile.facts(of: name), facts.st_size > 0 || facts.st_mode & 0o077 != 0 {
            throw StoreError(.refused, "\(name): is no lock of ours, and would be lost where a store is made: move it away")
        }
        let lock = Glibc.open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw Self.failure(errno, name) }
        defer { Glibc.close(lock) }
        var held = stat(), there = stat()
        let isHeld = flock(lock, LOCK_EX | LOCK_NB) == 0, code = errno
        guard isHeld || code == EWOULDBLOCK else { throw Self.failure(code, name) }
        // Whoever had it before may have taken it away between our two steps.
        guard isHeld, fstat(lock, &held) == 0, lstat(name, &there) == 0, held.st_ino == there.st_ino, held.st_dev == there.st_dev else {
            throw StoreError(.held, "\(path): another process is opening it")
        }
        defer { unlink(name) }
        return try body()
    }

    static func makeDirectory(_ path: String) throws(StoreError) {
        guard !path.isEmpty, path != "/", access(path, F_OK) != 0 else { return }
        guard errno == ENOENT else { throw failure(errno, "directory \(path)") }
        if let cut = path.lastIndex(of: "/"), cut != path.startIndex { try makeDirectory(String(path[..<cut])) }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure(errno, "directory \(path)") }
    }

    private static func resolve(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    static func failure(_ number: Int32, _ what: String) -> StoreError {
        let words = String(cString: strerror(number))
        switch number {
        case EROFS: return StoreError(.readOnly, "\(what): \(words)")
        case ENOSPC, EDQUOT: return StoreError(.full, "\(what): \(words)")
        default: return StoreError(.unavailable, "\(what): \(words)")
        }
    }
}

/// That this process has a file open as a store: it can exist once for each path.
final class OpenFile {
    private static let paths = Mutex<Set<String>>([])
    private let path: String

    /// `nil` when it is open already.
    init?(_ path: String) {
        guard Self.paths.withLock({ $0.insert(path).inserted }) else { return nil }
        self.path = path
    }

    deinit { _ = Self.paths.withLock { $0.remove(path) } }
}
