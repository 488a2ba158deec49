internal import CSQLite
internal import CronJobs
internal import Glibc

// The name of the open file. Whoever removes the file, or moves another one to its name, would have this process write where nobody finds it:
// the next service on that name begins anew and starts the same fire times. So the name is looked at before each transaction, one `stat`.
//
//      the name is the open file's             nothing
//      nothing has the name                    the file is made there again with all that it holds
//      another file has it                     nothing is written, and that file is not touched: the store fails until it is gone
//      nothing has it, on another volume       likewise: the volume is gone, and what is made elsewhere would hide when it comes back
//
// The log beside it loses its name, too, before any other file has the store's: SQLite would take it for that file's own.
//
// A claim in a file without a name does not outlive the process, and so is none.

/// Which file has the name of a store, and which volume its folder is on.
struct Place {
    var device: UInt64
    var inode: UInt64
    var volume: UInt64
    /// The inode of the write-ahead log.
    var log: UInt64?

    enum Change {
        case none, removed, replaced
    }
}

extension Location {
    private var folder: String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }

    /// The place of the file that has the name now.
    var place: Place? {
        var facts = stat()
        guard stat(path, &facts) == 0, let volume = Self.volume(of: folder) else { return nil }
        return Place(device: UInt64(facts.st_dev), inode: UInt64(facts.st_ino), volume: volume, log: logInode)
    }

    private var logInode: UInt64? {
        var facts = stat()
        return stat(path + "-wal", &facts) == 0 ? UInt64(facts.st_ino) : nil
    }

    /// Takes away the name of the log that belongs to the file at `place`; false if another log has it.
    @discardableResult
    func dropLog(of place: Place) -> Bool {
        guard let log = logInode else { return true }
        return log == place.log && unlink(path + "-wal") == 0
    }

    /// What has become of the name since the file at `place` was opened. A folder that does not let us look is no change.
    func change(since place: Place) -> Place.Change {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return errno == ENOENT || errno == ENOTDIR ? .removed : .none }
        return UInt64(facts.st_dev) == place.device && UInt64(facts.st_ino) == place.inode ? .none : .replaced
    }

    /// Makes the folder where it is missing, on the volume where it was.
    func makeFolder(on volume: UInt64) throws(StoreError) {
        guard Self.volume(of: folder) == volume else {
            throw StoreError(.unavailable, "\(path): its volume is gone; nothing is written until that is mounted again")
        }
        try Self.makeDirectory(folder)
    }

    /// Gives a file that is whole the store's name, durably, unless another has it.
    func giveName(to copy: String) throws(StoreError) {
        try Self.sync(copy)
        if link(copy, path) == 0 {
            unlink(copy)
        } else {
            // Not every file system has links. Without them another process may come between these two.
            guard errno != EEXIST, !Self.isThere(path), rename(copy, path) == 0 else { throw Self.failure(errno, path) }
        }
        try Self.sync(folder.isEmpty ? "/" : folder)
    }

    static func sync(_ path: String) throws(StoreError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno, path) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(errno, path) }
    }

    /// The device of a folder, or of its nearest parent that exists.
    private static func volume(of folder: String) -> UInt64? {
        var folder = folder, facts = stat()
        while stat(folder.isEmpty ? "/" : folder, &facts) != 0 {
            guard errno == ENOENT, let cut = folder.lastIndex(of: "/") else { return nil }
            folder = String(folder[..<cut])
        }
        return UInt64(facts.st_dev)
    }
}
