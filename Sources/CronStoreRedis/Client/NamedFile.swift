internal import Glibc

/// A file that a setting names. A pipe would be waited for, a device may never end: both are refused before they are read.
enum NamedFile {
    /// Why the file cannot be what the setting means; nil where it can, or where its reader says it better.
    static func fault(_ path: String, allowsFolder: Bool = false) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return fault(status, limit: 16 << 20, allowsFolder: allowsFolder)
    }

    static func fault(_ status: stat, limit: Int, allowsFolder: Bool = false) -> String? {
        let kind = status.st_mode & S_IFMT
        if kind == S_IFDIR, allowsFolder { return nil }
        if kind != S_IFREG { return "is not a regular file" }
        return status.st_size > limit ? "is larger than \(limit >> 10) KiB: it is not the right file" : nil
    }
}
