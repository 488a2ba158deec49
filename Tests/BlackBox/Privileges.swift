// tidy: helper
internal import Glibc
internal import Testing

/// What tests need of the machine beside the binary. Without it they are skipped, and say why.
enum Privileges {
    static let isRoot = geteuid() == 0
    static let needsRoot: Comment = "only root can switch users and set limits for them"

    /// Namespaces and mounts of a test's own.
    private static let canContain: Bool = {
        let words = ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        guard isRoot, let program = try? Program(words, out: "/dev/null", errors: "/dev/null") else { return false }
        while !program.hasEnded { usleep(5000) }
        return program.status == 0
    }()

    static func requireContainers() throws {
        guard !canContain else { return }
        try skip("containers need root with CAP_SYS_ADMIN: namespaces and mounts of their own")
    }

    static func requireRoot() throws {
        guard !isRoot else { return }
        try skip(needsRoot)
    }

    /// Ends the test as skipped.
    static func skip(_ reason: Comment) throws -> Never {
        #if compiler(>=6.3)
        try Test.cancel(reason)
        #else
        throw Complaint("cannot be tried here: \(reason)")
        #endif
    }
}
