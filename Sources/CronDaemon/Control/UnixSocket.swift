internal import Glibc

/// Unix stream sockets, as the control channel needs them. Nothing here waits longer than it is told to.
enum UnixSocket {
    /// A socket that listens, and the file by which it is reached.
    struct Listener {
        let descriptor: Int32
        let file: SocketFile
    }

    /// A listening socket at `path`, mode 0600. A socket file that nobody listens on any more is replaced.
    static func listen(at path: String) -> Result<Listener, SocketFailure> {
        guard var address = address(path) else { return .failure(.tooLong(path)) }
        let before = SocketFile(path)
        switch connect(to: path, within: nil) {
        case .connected(let other):
            close(other)
            return .failure(.taken(path))
        case .busy: return .failure(.taken(path))
        case .forbidden: return .failure(.listening(at: path, errno: EACCES))
        case .unclear(let code): return .failure(.listening(at: path, errno: code))
        case .nobody, .tooLong: break
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return .failure(.listening(at: path, errno: errno)) }
        // The very file that nobody answered at, not one that came meanwhile.
        before?.remove()
        let mask = umask(0o177)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        let error = errno
        umask(mask)
        guard bound == 0, let file = SocketFile(path), Glibc.listen(descriptor, 16) == 0 else {
            let failure = SocketFailure.listening(at: path, errno: bound == 0 ? errno : error)
            close(descriptor)
            return .failure(failure)
        }
        return .success(Listener(descriptor: descriptor, file: file))
    }

    enum Connection {
        case connected(Int32)
        case nobody
        /// Somebody listens and takes no more connections: stopped, or with very much to do.
        case busy
        /// There is something, and we may not use it.
        case forbidden
        case tooLong
        /// It cannot be told who is there: another kind of socket, or no descriptor to ask with.
        case unclear(Int32)
    }

    /// A connection whose reads and writes end after `limit` each, as does the wait for it; nil waits for nothing.
    static func connect(to path: String, within limit: Duration?) -> Connection {
        guard var address = address(path) else { return .tooLong }
        let mode = limit == nil ? Int32(SOCK_NONBLOCK.rawValue) : 0
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | mode, 0)
        guard descriptor >= 0 else { return .unclear(errno) }
        if let limit { setPatience(descriptor, limit) }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if connected == 0 { return .connected(descriptor) }
        let error = errno
        close(descriptor)
        switch error {
        case EACCES, EPERM: return .forbidden
        // Both where its queue of connections is full, and after a wait for a place in it.
        case EAGAIN, EINPROGRESS, EINTR: return .busy
        case ECONNREFUSED, ENOENT, ENOTDIR: return .nobody
        default: return .unclear(error)
        }
    }

    /// How long one read or write of a blocking socket waits.
    static func setPatience(_ descriptor: Int32, _ limit: Duration) {
        let (seconds, attoseconds) = limit.components
        // Zero would mean for ever.
        var time = timeval(tv_sec: Int(max(0, seconds)), tv_usec: max(1, Int(attoseconds / 1_000_000_000_000)))
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    /// Whether the other end is closed, not only for what it sends.
    static func isLeft(_ descriptor: Int32) -> Bool {
        var state = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&state, 1, 0) == 1 && state.revents & Int16(POLLHUP) != 0
    }

    /// Who connected, as the kernel saw it then.
    static func peer(_ descriptor: Int32) -> (uid: UInt32, pid: Int32)? {
        // struct ucred: pid, uid, gid. Swift's Glibc leaves it out.
        var credentials: [UInt32] = [0, 0, 0]
        var length = socklen_t(12)
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return nil }
        return (credentials[1], Int32(bitPattern: credentials[0]))
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

/// The file of a socket: this one, whatever stands at its path later.
struct SocketFile: Hashable {
    private let path: String
    private let device: UInt64
    private let inode: UInt64

    /// Nil where there is no socket at the path.
    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
        self.path = path
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }

    /// Removes it; a file that another service has put at the path stays.
    func remove() {
        if SocketFile(path) == self { unlink(path) }
    }
}
