internal import CLinux
package import CronJobs
internal import Glibc

// How a table's file gets another content: by the service, and by whoever edits a table with this library.
//
// The content is written beside its place and renamed into it, with owner, mode and attributes of what was there: nobody reads half of it, and
// neither a full disk nor our death leaves half of it. Where a single file is mounted, or where we may not write the folder, nothing can be
// renamed over it: there the file itself is overwritten.
//
// Who has read the file before wants it replaced only if it is still what was read. To look and then to rename leaves a moment for somebody
// else; so the two files change names in one step, and what was taken out is looked at. If it is not what was read, they change back. File
// systems that cannot do that (NFS, some FUSE) get the look and the rename.

package enum FileReplacement {
    /// What must be there, or nothing is written.
    package enum Expected {
        case anything
        case content([UInt8])
        case absent
    }

    package enum Failure: Hashable {
        /// Something else was there than what was expected.
        case changed
        /// Why it could not be written.
        case reason(String)
    }

    /// Gives a file a content; nil on success.
    ///
    /// - Parameters:
    ///   - attributes: what a file that is made anew gets, as far as that is ours to give.
    ///   - isAlone: no other writer of this kind is at the same file. The service is: it has one name for what it writes, finds there what it left
    ///     when it was killed, and waits for nobody's lock.
    package static func write(
        _ content: [UInt8], to path: String, attributes: FileAttributes? = nil, expecting expected: Expected = .anything,
        isAlone: Bool = true
    ) -> Failure? {
        var status = stat()
        let exists = lstat(path, &status) == 0
        if exists, status.st_mode & S_IFMT != S_IFREG { return .reason("is a symbolic link or no regular file") }
        // A file that is protected stays, whatever its folder allows.
        if exists, access(path, W_OK) != 0 { return .reason(text(errno)) }
        let lock = isAlone || !exists ? -1 : lock(path)
        defer { if lock >= 0 { close(lock) } }
        guard isThere(expected, path, exists: exists) else { return .changed }
        let temporary = path + ".crond-new" + (isAlone ? "" : "." + String(UInt64.random(in: 0...(.max)), radix: 36))
        switch replace(path, temporary, content, attributes, expected, exists: exists) {
        case .done: return nil
        case .changed: return .changed
        case .failed(let code):
            guard exists, ![ENOSPC, EDQUOT, EFBIG, EIO].contains(code) else { return .reason(text(code)) }
            guard isThere(expected, path, exists: true) else { return .changed }
            let overwriting = store(content, at: path, flags: O_WRONLY | O_TRUNC | O_NOFOLLOW) { _ in 0 }
            return overwriting == 0 ? nil : .reason(text(overwriting))
        }
    }

    /// What a file holds; nil if there is none.
    package static func read(_ path: String, atMost limit: Int) -> Result<[UInt8]?, Failure> {
        let descriptor = cl_open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return errno == ENOENT ? .success(nil) : .failure(.reason(text(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .failure(.reason(text(errno))) }
        guard status.st_mode & S_IFMT == S_IFREG else { return .failure(.reason("is no regular file")) }
        guard let content = content(of: descriptor, atMost: limit) else {
            return .failure(.reason("has more than \(limit) bytes, or cannot be read"))
        }
        return .success(content)
    }

    // MARK: -

    /// Holds the file against others who replace it in this way; -1 where that is not to be had. Whoever may read a file may hold it for ever, so it
    /// is waited for a moment only: the lock saves work, the change of names keeps the promise.
    private static func lock(_ path: String) -> Int32 {
        for _ in 0..<100 {
            let descriptor = cl_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0)
            guard descriptor >= 0 else { return -1 }
            let isHeld = flock(descriptor, LOCK_EX | LOCK_NB) == 0, code = errno
            var held = stat(), there = stat()
            if isHeld, fstat(descriptor, &held) == 0, stat(path, &there) == 0, held.st_ino == there.st_ino, held.st_dev == there.st_dev {
                return descriptor
            }
            close(descriptor)
            guard isHeld || code == EWOULDBLOCK else { return -1 }
            if !isHeld { poll(nil, 0, 10) }
        }
        return -1
    }

    private enum Step {
        case done, changed
        case failed(Int32)
    }

    private static func replace(
        _ path: String, _ temporary: String, _ content: [UInt8], _ attributes: FileAttributes?, _ expected: Expected, exists: Bool
    ) -> Step {
        unlink(temporary)
        let code = store(content, at: temporary, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW) { descriptor in
            exists ? takeAttributes(of: path, on: descriptor) : giveAttributes(attributes, to: descriptor)
        }
        let step = code == 0 ? put(temporary, in: path, content, expected) : .failed(code)
        unlink(temporary)
        if case .done = step { syncFolder(of: path) }
        return step
    }

    private static func put(_ temporary: String, in path: String, _ content: [UInt8], _ expected: Expected) -> Step {
        switch expected {
        case .anything: break
        case .absent:
            if link(temporary, path) == 0 { return .done }
            // Not every file system has links.
            var status = stat()
            if errno == EEXIST || lstat(path, &status) == 0 { return .changed }
        case .content(let old):
            if cl_exchange(temporary, path) == 0 { return settle(temporary, path, content, instead: old) }
            guard [EINVAL, ENOSYS, EPERM].contains(errno) else {
                let code = errno
                var status = stat()
                // The new file may be gone, too: replicas with files of their own in one folder take it for what they left there themselves.
                return code == ENOENT && lstat(path, &status) != 0 ? .changed : .failed(code)
            }
            guard isThere(expected, path, exists: true) else { return .changed }
        }
        return rename(temporary, path) == 0 ? .done : .failed(errno)
    }

    /// The files have changed names: what was in the place before is looked at, and goes back if it was not what was expected.
    private static func settle(_ temporary: String, _ path: String, _ content: [UInt8], instead old: [UInt8]) -> Step {
        if holds(temporary, old) { return .done }
        // Whoever wrote in that moment may write again in this one: the last of it stays in the place.
        for _ in 0..<10 {
            guard cl_exchange(temporary, path) == 0 else { break }
            if holds(temporary, content) { return .changed }
        }
        return .changed
    }

    private static func isThere(_ expected: Expected, _ path: String, exists: Bool) -> Bool {
        switch expected {
        case .anything: true
        case .absent: !exists
        case .content(let bytes): exists && holds(path, bytes)
        }
    }

    private static func holds(_ path: String, _ bytes: [UInt8]) -> Bool {
        guard case .success(let content) = read(path, atMost: bytes.count) else { return false }
        return content == bytes
    }

    /// Nil where there is more, or it cannot be read.
    private static func content(of descriptor: Int32, atMost limit: Int) -> [UInt8]? {
        var content: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let got = Glibc.read(descriptor, &buffer, buffer.count)
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { return got == 0 ? content : nil }
            content += buffer[..<got]
            guard content.count <= limit else { return nil }
        }
    }

    /// 0, or the number of the error.
    private static func store(_ content: [UInt8], at path: String, flags: Int32, prepare: (Int32) -> Int32) -> Int32 {
        let descriptor = cl_open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        let code = prepare(descriptor)
        guard code == 0 else { return code }
        var offset = 0
        while offset < content.count {
            let written = content.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + offset }, $0.count - offset) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return written < 0 ? errno : EIO }
            offset += written
        }
        return fsync(descriptor) == 0 ? 0 : errno
    }

    private static func takeAttributes(of path: String, on descriptor: Int32) -> Int32 {
        let model = cl_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0)
        defer { if model >= 0 { close(model) } }
        var status = stat()
        guard model >= 0 ? fstat(model, &status) == 0 : lstat(path, &status) == 0 else { return errno }
        // The owner first: to change it takes set-id bits away.
        guard fchown(descriptor, status.st_uid, status.st_gid) == 0 else { return errno }
        let extended = model >= 0 ? FileAttributes.extended(of: model) : []
        return FileAttributes.set(mode: UInt32(status.st_mode) & 0o7777, extended, on: descriptor) ? 0 : errno
    }

    private static func giveAttributes(_ attributes: FileAttributes?, to descriptor: Int32) -> Int32 {
        let new = (attributes ?? .ours(mode: 0o644)).ofNewFile(user: geteuid())
        var mode = new.mode
        if fchown(descriptor, new.user, new.group) != 0 { mode = mode & 0o707 | (mode & 0o007) << 3 }
        return FileAttributes.set(mode: mode, new.extended, on: descriptor) ? 0 : errno
    }

    /// A name lasts once its folder is on the disk.
    package static func syncFolder(of path: String) {
        let folder = cl_open(self.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return String(path[...slash])
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}

extension FileReplacement.Failure: Error {}
