internal import CLinux
public import CronJobs
internal import Crontabs
internal import Glibc

/// Writes a restored file byte for byte, as `FileReplacement` does for whoever edits a table.
public enum TableWriter {
    /// Replaces the file's content; `nil` on success, else why it could not be written.
    public static func write(_ file: TableFile) -> String? {
        switch write(file, over: .anything) {
        case nil: nil
        case .reason(let reason): reason
        case .changed: "it was changed meanwhile"
        }
    }

    /// The same, only if the file holds what is expected.
    static func write(_ file: TableFile, over expected: FileReplacement.Expected) -> FileReplacement.Failure? {
        var status = stat()
        // The folder of drop-in files may be new, too.
        if lstat(file.path, &status) != 0 { mkdir(TableSource.folder(of: file.path), 0o755) }
        return FileReplacement.write(file.content, to: file.path, attributes: file.attributes, expecting: expected)
    }

    /// Takes a file away; `nil` on success, also if there is none. A symbolic link is its deployer's.
    public static func remove(_ path: String) -> String? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT ? nil : reason() }
        guard status.st_mode & S_IFMT == S_IFREG else { return "is a symbolic link or no regular file" }
        guard unlink(path) == 0 || errno == ENOENT else { return reason() }
        FileReplacement.syncFolder(of: path)
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

    private static func reason() -> String { String(cString: strerror(errno)) }
}
