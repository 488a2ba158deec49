public import CronJobs
internal import CLinux
internal import Glibc

/// Writes a restored file byte for byte.
public enum TableWriter {
    /// Replaces the file's content; `nil` on success, else why it could not be written.
    ///
    /// The content is written beside its place and renamed into it, with owner, mode and attributes of what was there: nobody reads half of it,
    /// and neither a full disk nor the service's death leaves half of it. A file made anew gets those that its revision has. A single-file mount
    /// cannot be renamed over, nor can a folder be used that we may not write: there the file itself is overwritten.
    public static func write(_ file: TableFile) -> String? {
        var status = stat()
        let exists = lstat(file.path, &status) == 0
        if exists, status.st_mode & S_IFMT != S_IFREG { return "is a symbolic link or no regular file" }
        // A file that is protected stays, whatever its folder allows.
        if exists, access(file.path, W_OK) != 0 { return reason() }
        // The folder of drop-in files may be new, too.
        if !exists { mkdir(TableSource.folder(of: file.path), 0o755) }
        let code = replace(file, exists: exists)
        if code == 0 { return nil }
        guard exists, ![ENOSPC, EDQUOT, EFBIG, EIO].contains(code) else { return text(code) }
        let overwriting = store(file.content, at: file.path, flags: O_WRONLY | O_TRUNC | O_NOFOLLOW) { _ in 0 }
        return overwriting == 0 ? nil : text(overwriting)
    }

    private static func replace(_ file: TableFile, exists: Bool) -> Int32 {
        let temporary = file.path + ".crond-new"
        unlink(temporary)
        var code = store(file.content, at: temporary, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW) { descriptor in
            exists ? takeAttributes(of: file.path, on: descriptor) : giveAttributes(file.attributes, to: descriptor)
        }
        if code == 0, rename(temporary, file.path) != 0 { code = errno }
        if code != 0 { unlink(temporary) } else { syncFolder(of: file.path) }
        return code
    }

    /// Takes a file away; `nil` on success, also if there is none. A symbolic link is its deployer's.
    public static func remove(_ path: String) -> String? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT ? nil : reason() }
        guard status.st_mode & S_IFMT == S_IFREG else { return "is a symbolic link or no regular file" }
        guard unlink(path) == 0 || errno == ENOENT else { return reason() }
        syncFolder(of: path)
        return nil
    }

    /// True if the file is a symbolic link or cannot be written: a ConfigMap, a read-only mount. Such a table is never restored over.
    public static func isReadOnly(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFLNK || access(path, W_OK) != 0
    }

    /// Whether nothing can be put into a folder that is there.
    static func isFixed(folder: String) -> Bool { access(folder, F_OK) == 0 && access(folder, W_OK) != 0 }

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
        guard fchown(descriptor, status.st_uid, status.st_gid) == 0, fchmod(descriptor, status.st_mode & 0o7777) == 0 else { return errno }
        if model >= 0 { FileAttributes.set(FileAttributes.extended(of: model), on: descriptor) }
        return 0
    }

    private static func giveAttributes(_ attributes: FileAttributes?, to descriptor: Int32) -> Int32 {
        let new = (attributes ?? FileAttributes(mode: 0o644, user: geteuid(), group: .max)).ofNewFile(user: geteuid())
        var mode = new.mode
        if fchown(descriptor, new.user, new.group) != 0 { mode = mode & 0o707 | (mode & 0o007) << 3 }
        guard fchmod(descriptor, mode) == 0 else { return errno }
        FileAttributes.set(new.extended, on: descriptor)
        return 0
    }

    /// A name lasts once its folder is on the disk.
    private static func syncFolder(of path: String) {
        let folder = cl_open(TableSource.folder(of: path) + "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
