#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

// The library's one way to the system: it reads zone files, and asks for nothing else.

/// Reading of small files and folders.
enum FileBytes {
    /// The bytes of a regular file of at most `limit` bytes, or nil.
    static func read(_ path: String, limit: Int = 1 << 20) -> [UInt8]? { readIdentified(path, limit: limit)?.bytes }

    /// The same, with the identity of the file that was read.
    static func readIdentified(_ path: String, limit: Int = 1 << 20) -> (bytes: [UInt8], identity: FileIdentity)? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { return nil }
        defer { _ = close(file) }
        var info = stat()
        guard fstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size <= limit else { return nil }
        let size = Int(info.st_size)
        var done = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while done < size, let base = buffer.baseAddress {
                let got = readBytes(file, base + done, size - done)
                if got < 0, errno == EINTR { continue }
                if got <= 0 { break }
                done += got
            }
            count = done
        }
        return done == size ? (bytes, FileIdentity(info)) : nil
    }

    /// Where a path leads in the end, also where nothing is there; nil where nothing is at the path itself.
    static func target(of path: String) -> String? {
        if let resolved = realpath(path, nil) {
            defer { free(resolved) }
            return String(cString: resolved)
        }
        var path = path
        var info = stat()
        guard lstat(path, &info) == 0 else { return nil }
        for _ in 0..<40 {
            guard let next = linkText(path) else { break }
            path = next.hasPrefix("/") ? next : String(path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex)) + next
        }
        return path
    }

    private static func linkText(_ path: String) -> String? {
        let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = buffer.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { max(0, readlink(path, $0, text.count)) } ?? 0
            }
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// The names in a folder with whether each is a folder itself; symbolic links are followed.
    static func entries(of path: String) -> [(name: String, isFolder: Bool)] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var list: [(name: String, isFolder: Bool)] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            var info = stat()
            guard stat(path + "/" + name, &info) == 0 else { continue }
            list.append((name, info.st_mode & S_IFMT == S_IFDIR))
        }
        return list
    }
}

/// What tells one content of a file from another without reading it.
struct FileIdentity: Hashable, Sendable {
    private var device: UInt64
    private var inode: UInt64
    private var size: Int64
    private var modified: Int64
    private var nanoseconds: Int64

    init(_ info: stat) {
        device = UInt64(info.st_dev)
        inode = UInt64(info.st_ino)
        size = Int64(info.st_size)
        modified = Int64(info.st_mtim.tv_sec)
        nanoseconds = Int64(info.st_mtim.tv_nsec)
    }

    /// The file that a path leads to; nil if there is no regular file.
    init?(path: String) {
        var info = stat()
        guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
        self.init(info)
    }
}

/// `read` of the system, where a member of that name hides it.
private func readBytes(_ file: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int { read(file, buffer, count) }
