internal import CLinux
internal import CronTables
internal import Glibc

/// A key of this host's service alone: what is taken here without a key for all is signed with it.
///
/// It lies where the service keeps its state, readable by nobody else, and is made when there is none.
enum HostKey {
    struct Failure: Error {
        var reason: String
    }

    private static let bytes = 32

    /// `nil` where there is none yet. Blocking.
    static func known(at path: String) throws(Failure) -> TableKey? { try open(path, O_RDONLY).map(read)?.get() }

    /// The one that is there, or a new one. Blocking.
    static func made(at path: String) throws(Failure) -> TableKey {
        if let key = try known(at: path) { return key }
        makeFolder(of: path)
        guard let descriptor = try open(path, O_RDWR | O_CREAT | O_EXCL) else { throw Failure(reason: "\(path): it is gone again") }
        defer { close(descriptor) }
        let text = Array(random().utf8)
        guard text.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == text.count, fsync(descriptor) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(path)
            throw Failure(reason: "\(path): \(reason)")
        }
        return try key(text, path)
    }

    /// For a host that has no place for it: good as long as the process.
    static func temporary() throws(Failure) -> TableKey { try key(Array(random().utf8), "a key") }

    private static func key(_ bytes: [UInt8], _ path: String) throws(Failure) -> TableKey {
        do { return try TableKey(bytes) } catch { throw Failure(reason: "\(path): it holds no key") }
    }

    private static func random() -> String {
        (0..<bytes / 8).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined() + "\n"
    }

    /// `nil` where there is no such file.
    private static func open(_ path: String, _ flags: Int32) throws(Failure) -> Int32? {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        if descriptor >= 0 { return descriptor }
        if errno == ENOENT, flags & O_CREAT == 0 { return nil }
        throw Failure(reason: "\(path): \(String(cString: strerror(errno)))")
    }

    /// What others can read or have written is no secret of ours.
    private static func read(_ descriptor: Int32) -> Result<TableKey, Failure> {
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(), status.st_nlink == 1,
            status.st_mode & 0o077 == 0
        else { return .failure(Failure(reason: "the file of this host's key is not this user's alone: remove it, and it is made again")) }
        var buffer = [UInt8](repeating: 0, count: 256)
        let got = Glibc.read(descriptor, &buffer, buffer.count)
        do throws(Failure) {
            return .success(try key(Array(buffer[..<max(0, got)]), "the file of this host's key"))
        } catch { return .failure(error) }
    }

    private static func makeFolder(of path: String) {
        let parts = path.split(separator: "/").dropLast()
        for end in parts.indices { mkdir("/" + parts[...end].joined(separator: "/"), 0o700) }
    }
}
