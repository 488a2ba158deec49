internal import Glibc

/// Unix stream sockets, as the control channel needs them.
enum UnixSocket {
    /// A listening socket at `path`, mode 0600. A socket file that nobody listens on any more is replaced.
    static func listen(at path: String) -> Result<Int32, SocketFailure> {
        guard var address = address(path) else { return .failure(.tooLong(path)) }
        switch connect(to: path) {
        case .connected(let other):
            close(other)
            return .failure(.taken(path))
        case .forbidden: return .failure(.listening(at: path, errno: EACCES))
        case .nobody, .tooLong: break
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return .failure(.listening(at: path, errno: errno)) }
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
        let mask = umask(0o177)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        let error = errno
        umask(mask)
        guard bound == 0, Glibc.listen(descriptor, 16) == 0 else {
            let failure = SocketFailure.listening(at: path, errno: bound == 0 ? errno : error)
            close(descriptor)
            return .failure(failure)
        }
        return .success(descriptor)
    }

    enum Connection {
        case connected(Int32)
        case nobody
        /// There is something, and we may not use it.
        case forbidden
        case tooLong
    }

    /// A blocking connection.
    static func connect(to path: String) -> Connection {
        guard var address = address(path) else { return .tooLong }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return .nobody }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if connected == 0 { return .connected(descriptor) }
        let error = errno
        close(descriptor)
        return error == EACCES || error == EPERM ? .forbidden : .nobody
    }

    /// The user at the other end.
    static func peer(_ descriptor: Int32) -> UInt32? {
        // struct ucred: pid, uid, gid. Swift's Glibc leaves it out.
        var credentials: [UInt32] = [0, 0, 0]
        var length = socklen_t(12)
        return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 ? credentials[1] : nil
    }

    private static func address(_ path: String) -> sockaddr_un? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }
}
