// tidy: helper
internal import CLinux
internal import Glibc

/// Programs that a test needs the work of.
enum Shell {
    /// Runs shell text to its end; `$0`, `$1` … are `arguments`. Throws unless it succeeds.
    static func run(_ script: String, _ arguments: [String]) throws {
        var words: [UnsafeMutablePointer<CChar>?] = (["/bin/sh", "-ec", script] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        // A shell waits by SIGCHLD, which the threads of a test may have blocked.
        var attributes = posix_spawnattr_t(), none = sigset_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var pid: pid_t = 0, status: Int32 = 0
        guard posix_spawn(&pid, "/bin/sh", nil, &attributes, &words, environ) == 0 else { throw Complaint("sh cannot be started") }
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else { throw Complaint("sh: status \(status): \(script)") }
    }
}
