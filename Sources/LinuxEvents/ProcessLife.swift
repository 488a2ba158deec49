internal import CLinux

/// One process among all that ever were in this boot of the machine: its number, when it began, and where that number counts.
public struct ProcessLife: Hashable, Sendable, CustomStringConvertible {
    /// The inode of the namespace of process numbers.
    var namespace: UInt64
    var process: Int32
    /// Ticks since boot.
    var began: UInt64

    /// This process; nil where `/proc` does not tell.
    public static let own: ProcessLife? = {
        guard let namespace = ownNamespace, let began = began(of: "self") else { return nil }
        return ProcessLife(namespace: namespace, process: getpid(), began: began)
    }()

    public var description: String { "\(namespace).\(process).\(began)" }

    private init(namespace: UInt64, process: Int32, began: UInt64) {
        self.namespace = namespace
        self.process = process
        self.began = began
    }

    /// What `description` says.
    public init?(_ text: String) {
        let words = text.split(separator: ".", omittingEmptySubsequences: false)
        guard words.count == 3, let namespace = UInt64(words[0]), let process = Int32(words[1]), process > 0, let began = UInt64(words[2])
        else { return nil }
        self.init(namespace: namespace, process: process, began: began)
    }

    /// It is known to have ended. False also where that cannot be told from here.
    public var isOver: Bool {
        guard namespace == Self.ownNamespace else { return false }
        // A process that `/proc` hides from us is there for a signal all the same.
        if kill(process, 0) < 0, cl_errno() == ESRCH { return true }
        return Self.began(of: "\(process)").map { $0 != began } ?? false
    }

    private static let ownNamespace: UInt64? = {
        var status = stat()
        return stat("/proc/self/ns/pid", &status) == 0 ? UInt64(status.st_ino) : nil
    }()

    /// The twentieth field behind the name in parentheses, which may contain anything.
    private static func began(of process: String) -> UInt64? {
        let descriptor = cl_open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let got = read(descriptor, &buffer, buffer.count)
        guard got > 0, let name = buffer[..<got].lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = buffer[(name + 1)..<got].split(separator: UInt8(ascii: " "))
        guard fields.count > 19 else { return nil }
        return UInt64(String(decoding: fields[19], as: UTF8.self))
    }
}
