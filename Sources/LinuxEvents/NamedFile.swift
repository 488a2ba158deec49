internal import CLinux
internal import Glibc

/// A file that a setting names. A pipe would be waited for, a device may never end: both are refused before they are read.
package enum NamedFile {
    /// Why a file cannot be used, beginning with its path.
    package struct Fault: Error, CustomStringConvertible {
        package var description: String

        package init(_ description: String) { self.description = description }
    }

    /// Why the file cannot be what the setting means; nil where it can, or where its reader says it better.
    package static func fault(_ path: String, allowsFolder: Bool = false) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return fault(status, limit: 16 << 20, allowsFolder: allowsFolder)
    }

    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func fault(_ status: stat, limit: Int, allowsFolder: Bool = false) -> String? {
        let kind = status.st_mode & S_IFMT
        if kind == S_IFDIR, allowsFolder { return nil }
        if kind != S_IFREG { return "is not a regular file" }
        return status.st_size > limit ? "is larger than \(limit >> 10) KiB: it is not the right file" : nil
    }

    /// The first line of a small file, which holds a secret.
    package static func firstLine(of path: String) throws(Fault) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw Fault("\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        if fstat(descriptor, &status) == 0, let fault = fault(status, limit: 64 << 10) { throw Fault("\(path) \(fault)") }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw Fault("\(path): \(String(cString: strerror(errno)))") }
        let line = bytes[..<count].prefix { $0 != 10 && $0 != 13 }
        guard !line.isEmpty else { throw Fault("\(path): its first line is empty") }
        return String(decoding: line, as: UTF8.self)
    }
}
