// tidy: helper
internal import CLinux
internal import Glibc

/// A program that a test started: in a process group of its own, its output in files.
final class Program {
    let pid: pid_t
    /// Exit code, or 128 + signal, once it ended.
    private(set) var status: Int32?

    /// The built binary: `CROND_BINARY`, else the debug build of this package.
    static var crond: String {
        if let given = getenv("CROND_BINARY") { return String(cString: given) }
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(root)/.build/debug/crond"
    }

    static func requireBinary() throws {
        guard access(crond, X_OK) == 0 else {
            throw Complaint("there is no \(crond): build it first (make build), or set CROND_BINARY to the binary to test")
        }
    }

    init(_ arguments: [String], environment: [String: String] = [:], input: String = "/dev/null", out: String, errors: String) throws {
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&files, 1, out, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_addopen(&files, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        let pairs = [path] + environment.map { "\($0.key)=\($0.value)" }
        var variables: [UnsafeMutablePointer<CChar>?] = pairs.map { strdup($0) } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        Self.keepOwnDescriptors()
        var started: pid_t = 0
        let code = posix_spawnp(&started, arguments[0], &files, &attributes, &words, &variables)
        guard code == 0 else { throw Complaint("\(arguments[0]) cannot be started: \(String(cString: strerror(code)))") }
        pid = started
    }

    /// A proxy's connections, which NIO does not close on exec, would stay open in whatever is started: their other end would never hear that they ended.
    private static func keepOwnDescriptors() {
        guard let open = opendir("/proc/self/fd") else { return }
        defer { closedir(open) }
        while let entry = readdir(open) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let descriptor = Int32(name), descriptor > 2 { _ = cl_fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        }
    }

    func signal(_ number: Int32) { if !hasEnded { kill(pid, number) } }

    var hasEnded: Bool {
        if status != nil { return true }
        var word: Int32 = 0
        guard waitpid(pid, &word, WNOHANG) == pid else { return false }
        status = word & 0x7F == 0 ? word >> 8 & 0xFF : 128 + word & 0x7F
        return true
    }

    func end(within limit: Duration = .seconds(30)) async throws -> Int32 {
        try await eventually("the end of process \(pid)", within: limit) { hasEnded }
        return status ?? -1
    }

    /// Kills it and collects it. Never throws: it is for the end of a test.
    func destroy() {
        guard !hasEnded else { return }
        kill(-pid, SIGKILL)
        kill(pid, SIGKILL)
        var word: Int32 = 0
        while waitpid(pid, &word, 0) < 0, errno == EINTR {}
        status = 128 + SIGKILL
    }

    struct Result {
        var code: Int32
        var out: String
        var errors: String
        var lines: [String] { out.split(separator: "\n").map(String.init) }
    }

    /// Runs a program to its end.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], input: String = "", within limit: Duration = .seconds(60)
    ) async throws -> Result {
        let folder = try Folder.temporary()
        defer { folder.remove() }
        folder.write("in", input)
        let program = try Program(
            arguments, environment: environment, input: folder.path + "/in", out: folder.path + "/out", errors: folder.path + "/err")
        defer { program.destroy() }
        let code = try await program.end(within: limit)
        return Result(code: code, out: folder.read("out"), errors: folder.read("err"))
    }

    /// Runs a verb of crond to its end.
    static func verb(_ arguments: String..., environment: [String: String] = [:], input: String = "") async throws -> Result {
        try requireBinary()
        return try await run([crond] + arguments, environment: environment, input: input)
    }

    /// Runs shell text to its end; a failure of it is the test's.
    @discardableResult
    static func shell(_ text: String, within limit: Duration = .seconds(60)) async throws -> String {
        let result = try await run(["/bin/sh", "-ec", text], within: limit)
        guard result.code == 0 else { throw Complaint("sh: \(text): exit \(result.code): \(result.errors)") }
        return result.out
    }
}

/// What went wrong, in words.
struct Complaint: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
