internal import CLinux

/// A system call that failed.
public struct SystemError: Error, Hashable, Sendable {
    /// The call, such as `epoll_create1`, with its object where that helps.
    public var call: String
    public var errno: Int32

    public init(call: String, errno: Int32) {
        self.call = call
        self.errno = errno
    }

    /// What the system says about it, such as `No such file or directory`.
    public var reason: String { Self.text(of: errno) }

    /// The text of an error number.
    public static func text(of number: Int32) -> String { cl_error_text(number).map { String(cString: $0) } ?? "error \(number)" }

    /// The failure that the calling thread's last system call left.
    static func last(_ call: String) -> SystemError { SystemError(call: call, errno: cl_errno()) }
}

extension SystemError: CustomStringConvertible {
    public var description: String { "\(call): \(reason)" }
}
