internal import Glibc

/// A password, or the file that holds it: read for each connection, so that the one who turns the password over need not restart us.
public enum RedisSecret: Hashable, Sendable {
    case text(String)
    case file(path: String)
}

extension RedisSecret {
    static let bound = 4096

    /// The password; of a file its first line.
    func read(for server: String) throws(RedisError) -> String {
        guard case .file(let path) = self else {
            if case .text(let text) = self { return text }
            return ""
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw RedisError(.secretFile, server, "\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        if fstat(descriptor, &status) == 0, let fault = NamedFile.fault(status, limit: 64 << 10) {
            throw RedisError(.secretFile, server, "\(path) \(fault)")
        }
        var bytes = [UInt8](repeating: 0, count: Self.bound)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw RedisError(.secretFile, server, "\(path): \(String(cString: strerror(errno)))") }
        let line = bytes[..<count].prefix { $0 != 10 && $0 != 13 }
        guard !line.isEmpty else { throw RedisError(.secretFile, server, "\(path): its first line is empty") }
        return String(decoding: line, as: UTF8.self)
    }
}
