public import CronJobs
internal import Glibc

/// Writes a restored file byte for byte.
public enum TableWriter {
    /// Replaces the file's content; `nil` on success, else why it could not be written.
    ///
    /// A file that exists keeps its inode, owner and mode: a single-file bind mount cannot be renamed over. A new one is written beside its
    /// place and renamed into it, so that nobody reads half of it.
    public static func write(_ file: TableFile) -> String? {
        var status = stat()
        if lstat(file.path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else { return "is a symbolic link or no regular file" }
            return store(file.content, at: file.path, flags: O_WRONLY | O_TRUNC)
        }
        let temporary = file.path + ".crond-new"
        if let failure = store(file.content, at: temporary, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW) { return failure }
        guard rename(temporary, file.path) == 0 else {
            let failure = reason()
            unlink(temporary)
            return failure
        }
        return nil
    }

    /// Takes a file away; `nil` on success, also if there is none.
    public static func remove(_ path: String) -> String? { unlink(path) == 0 || errno == ENOENT ? nil : reason() }

    /// True if the file is a symbolic link or cannot be written: a ConfigMap, a read-only mount. Such a table is never restored over.
    public static func isReadOnly(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFLNK || access(path, W_OK) != 0
    }

    private static func store(_ content: [UInt8], at path: String, flags: Int32) -> String? {
        let descriptor = open(path, flags | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return reason() }
        defer { close(descriptor) }
        var offset = 0
        while offset < content.count {
            let written = content.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + offset }, $0.count - offset) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return reason() }
            offset += written
        }
        return fsync(descriptor) == 0 ? nil : reason()
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
