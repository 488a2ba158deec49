public import CronJobs
internal import Glibc

/// Writes a restored file byte for byte.
public enum TableWriter {
    /// Replaces the file's content; `nil` on success, else why it could not be written.
    ///
    /// The content is written beside its place and renamed into it, with owner and mode of what was there: nobody reads half of it, and neither
    /// a full disk nor the service's death leaves half of it. A single-file mount cannot be renamed over, nor can a folder be used that we may
    /// not write: there the file itself is overwritten.
    public static func write(_ file: TableFile) -> String? {
        var status = stat()
        let exists = lstat(file.path, &status) == 0
        if exists, status.st_mode & S_IFMT != S_IFREG { return "is a symbolic link or no regular file" }
        // A file that is protected stays, whatever its folder allows.
        if exists, access(file.path, W_OK) != 0 { return reason() }
        let code = replace(file, like: exists ? status : nil)
        if code == 0 { return nil }
        guard exists, ![ENOSPC, EDQUOT, EFBIG, EIO].contains(code) else { return text(code) }
        let overwriting = store(file.content, at: file.path, flags: O_WRONLY | O_TRUNC | O_NOFOLLOW, like: nil)
        return overwriting == 0 ? nil : text(overwriting)
    }

    private static func replace(_ file: TableFile, like model: stat?) -> Int32 {
        let temporary = file.path + ".crond-new"
        unlink(temporary)
        var code = store(file.content, at: temporary, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, like: model)
        if code == 0, rename(temporary, file.path) != 0 { code = errno }
        if code != 0 { unlink(temporary) }
        return code
    }

    /// Takes a file away; `nil` on success, also if there is none. A symbolic link is its deployer's.
    public static func remove(_ path: String) -> String? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT ? nil : reason() }
        guard status.st_mode & S_IFMT == S_IFREG else { return "is a symbolic link or no regular file" }
        return unlink(path) == 0 || errno == ENOENT ? nil : reason()
    }

    /// True if the file is a symbolic link or cannot be written: a ConfigMap, a read-only mount. Such a table is never restored over.
    public static func isReadOnly(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFLNK || access(path, W_OK) != 0
    }

    /// 0, or the number of the error.
    ///
    /// - Parameter like: whose owner and mode a new file gets.
    private static func store(_ content: [UInt8], at path: String, flags: Int32, like model: stat?) -> Int32 {
        let descriptor = open(path, flags | O_CLOEXEC, model.map { $0.st_mode & 0o7777 } ?? 0o644)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        // The owner first: to change it takes set-id bits away.
        if let model, fchown(descriptor, model.st_uid, model.st_gid) != 0 || fchmod(descriptor, model.st_mode & 0o7777) != 0 {
            return errno
        }
        var offset = 0
        while offset < content.count {
            let written = content.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + offset }, $0.count - offset) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return written < 0 ? errno : EIO }
            offset += written
        }
        return fsync(descriptor) == 0 ? 0 : errno
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
