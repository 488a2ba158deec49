internal import CLinux
internal import CronJobs
internal import Crontabs
internal import Glibc

// Reads the table's files as one consistent content.
//
// A file may be written while it is read. The descriptor's device, inode, size and modification time must be the same before and after the
// read, else it is read again; the watcher calls again anyway when the writer is done, so after a few tries what is there is taken.

/// Reads a `TableSource`. Blocking, but only regular files are ever opened for reading.
public enum TableReader {
    public static let sizeLimit = 16 << 20
    private static let tries = 5

    /// All files of a table, as one content.
    public static func read(_ source: TableSource) -> TableSnapshot {
        let trust = source.trustsTables ? nil : TableTrust.ofThisProcess
        var snapshot = TableSnapshot()
        for path in source.files {
            if !read(path, isDropIn: false, trust, into: &snapshot) { snapshot.absent.append(path) }
        }
        for folder in source.dropInFolders { read(folder: folder, trust, into: &snapshot) }
        return snapshot
    }

    private static func read(folder: String, _ trust: TableTrust?, into snapshot: inout TableSnapshot) {
        let descriptor = cl_open(folder, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC, 0)
        guard descriptor >= 0 else {
            let code = errno
            guard code != ENOENT, code != ENOTDIR else { return }
            let reason = "cannot be opened: \(String(cString: strerror(code)))"
            return snapshot.problems.append(.init(path: folder, message: reason, kind: .folderOfDropIns))
        }
        var status = stat()
        if fstat(descriptor, &status) == 0 {
            snapshot.folders[folder] = FolderIdentity(inode: UInt64(status.st_ino), born: cl_birth(descriptor))
        }
        close(descriptor)
        for name in names(in: folder) where Crontab.isDropInName(name) {
            _ = read("\(folder)/\(name)", isDropIn: true, trust, into: &snapshot)
        }
    }

    /// Only the identities, to see cheaply whether anything changed.
    public static func stamps(_ source: TableSource) -> [TableSnapshot.Stamp] {
        var stamps: [TableSnapshot.Stamp] = []
        for path in source.files {
            var status = stat()
            if stat(path, &status) == 0 { stamps.append(TableSnapshot.Stamp(path, status)) }
        }
        for folder in source.dropInFolders {
            for name in names(in: folder) where Crontab.isDropInName(name) {
                let path = "\(folder)/\(name)"
                var status = stat()
                // A link that leads nowhere is looked at, too.
                guard stat(path, &status) == 0 || lstat(path, &status) == 0, !isMask(status) else { continue }
                stamps.append(TableSnapshot.Stamp(path, status))
            }
        }
        return stamps
    }

    /// `/dev/null`: a drop-in file that is a link to it is masked, as if there were none.
    private static func isMask(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0x103 }

    /// The files of a folder of drop-in files that are passed over because of their names, and that somebody may expect to run.
    public static func passedOver(in folder: String) -> [String] {
        Crontab.passedOver(names(in: folder)).map { "\(folder)/\($0)" }.filter { path in
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        }
    }

    /// The names in a folder, in order; none where it cannot be listed.
    public static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// False if there is no such file.
    private static func read(_ path: String, isDropIn: Bool, _ trust: TableTrust?, into snapshot: inout TableSnapshot) -> Bool {
        func note(_ message: String, _ kind: TableSnapshot.Problem.Kind = .unusable) -> Bool {
            snapshot.problems.append(.init(path: path, message: message, kind: kind))
            return true
        }
        switch PathWalk.open(path, trust: trust) {
        case .absent(let behindLink):
            guard isDropIn, behindLink, isLink(path) else { return false }
            return note("is a symbolic link that leads to no file; it counts as none", .leadsNowhere)
        case .folder: return note("is not a regular file", .folder)
        case .special(let status): return isDropIn && isMask(status) ? true : note("is not a regular file")
        case .refused(let reason): return note(reason, .refused)
        case .failed(let code): return note("cannot be opened: \(String(cString: strerror(code)))")
        case .file(let descriptor):
            defer { close(descriptor) }
            switch read(path, descriptor) {
            case .content(let file, let stamp):
                snapshot.files.append(file)
                snapshot.stamps.append(stamp)
                return true
            case .unusable(let reason): return note(reason)
            case .failed: return false
            }
        }
    }

    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    private enum Reading {
        case content(TableFile, TableSnapshot.Stamp)
        case unusable(String)
        case failed
    }

    private static func read(_ path: String, _ descriptor: Int32) -> Reading {
        for attempt in 1...tries {
            var before = stat(), after = stat()
            guard fstat(descriptor, &before) == 0 else { return .failed }
            guard before.st_size <= sizeLimit else { return .unusable("is larger than 16 MiB, the limit of a crontab") }
            guard let content = contents(of: descriptor, expecting: Int(before.st_size)) else {
                return .unusable("cannot be read: \(String(cString: strerror(errno)))")
            }
            guard fstat(descriptor, &after) == 0 else { return .failed }
            let stamp = TableSnapshot.Stamp(path, after)
            guard TableSnapshot.Stamp(path, before) == stamp || attempt == tries else { continue }
            let attributes = FileAttributes(of: descriptor, after)
            return .content(TableFile(path: path, content: content, attributes: attributes), stamp)
        }
        return .failed
    }

    private static func contents(of descriptor: Int32, expecting size: Int) -> [UInt8]? {
        lseek(descriptor, 0, SEEK_SET)
        var content: [UInt8] = []
        var capacity = size + 1
        while true {
            var failed = false
            let part = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                let got = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                failed = got < 0
                count = max(0, got)
            }
            if failed { return nil }
            // The first part is mostly all of it: not copied.
            if content.isEmpty { content = part } else { content += part }
            if part.isEmpty || content.count > sizeLimit { return content }
            capacity = 65_536
        }
    }
}

extension TableSnapshot.Stamp {
    init(_ path: String, _ status: stat) {
        self.init(
            path: path, device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            modified: Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec),
            changed: Int64(status.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_ctim.tv_nsec))
    }
}
