public import CronJobs
internal import Glibc

/// Why a control socket cannot be made or used, and what to do about it.
public struct SocketFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
    public var remedy: String
    /// The exit code of a verb that fails for it.
    public var code: Int32

    init(_ description: String, remedy: String, code: Int32 = 77) {
        self.description = description
        self.remedy = remedy
        self.code = code
    }

    static let noDefaultPath = SocketFailure("no default path for the socket", remedy: "set XDG_RUNTIME_DIR, or name a path with --socket")

    static func tooLong(_ path: String) -> SocketFailure {
        SocketFailure("the path is longer than the 107 bytes of a socket's: \(path)", remedy: "name a shorter path with --socket", code: 78)
    }

    static func taken(_ path: String) -> SocketFailure {
        SocketFailure(
            "another service listens on \(path)", remedy: "give each service a name of its own with --name, or a path with --socket")
    }

    /// What `errno` says about making a socket at `path`.
    static func listening(at path: String, errno number: Int32) -> SocketFailure {
        let remedy =
            switch number {
            case EPROTOTYPE: "another program's socket has the name \(path): name another path with --socket"
            case EADDRINUSE: "\(path) is no socket: take it away, or name another path with --socket"
            case EACCES, EPERM: "let the service write in the folder of \(path), or name another path with --socket"
            case EROFS: "the folder of \(path) is read-only: mount a writable one there, or name another path with --socket"
            case ENOENT, ENOTDIR: "make the folder of \(path), or name another path with --socket"
            case ENOSPC, EDQUOT: "free space on the volume of \(path), or name another path with --socket"
            default: "name another path with --socket"
            }
        return SocketFailure("cannot listen on \(path): \(String(cString: strerror(number)))", remedy: remedy)
    }

    /// Whoever listens there does not answer.
    static func silent(_ path: String, _ limit: Duration) -> SocketFailure {
        SocketFailure(
            "the service on \(path) did not answer within \(limit.wholeSeconds) s",
            remedy: "see whether its process is stopped, or waits for a disk; kill -CONT lets a stopped one go on", code: 69)
    }

    /// A service may listen there, but not for us.
    static func forbidden(_ path: String) -> SocketFailure {
        SocketFailure(
            "no permission to use \(path): only root and the service's own user may ask it",
            remedy: "ask as the user that the service runs as")
    }
}

extension ControlRefusal {
    /// Whoever listens at that path said nothing for so long.
    public static func silent(at path: String, for limit: Duration) -> ControlRefusal { ControlRefusal(.silent(path, limit)) }
}
