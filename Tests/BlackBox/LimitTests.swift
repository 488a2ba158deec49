internal import Glibc
internal import Testing

@Suite("At the limits of the machine", .serialized, .inPlace, .timeLimit(.minutes(4)))
struct LimitTests {
    /// More jobs than have room, all the time; each is one process, so that two of them never want the same last place for a second one.
    private static let busy = (0..<40).map { "# crond: name=j\($0) every=2s\n@every exec sleep 1.5\n" }.joined()
    /// Nobody else's, so that nobody else's processes count.
    private static let user = 61_000 + Int(getpid() % 1000)

    /// What the tests have open is none of the service's.
    private static let closing = "for fd in /proc/$$/fd/*; do fd=${fd##*/}; [ $fd -gt 2 ] && eval \"exec $fd>&-\"; done"

    private static func words(as user: Int?) -> [String] {
        user.map { ["setpriv", "--reuid", "\($0)", "--regid", "\($0)", "--clear-groups"] } ?? []
    }

    private func start(
        _ plain: Plain, _ table: String, under limit: String, as user: Int? = nil, _ arguments: [String] = []
    ) throws -> Daemon {
        plain.folder.write("crontab", table)
        let command = [Program.crond, "run", plain.table, "--format", "user", "--store", "memory:", "--socket", plain.socket] + arguments
        return try plain.launch(
            Self.words(as: user) + ["bash", "-c", "\(Self.closing); \(limit); exec \"$@\"", "bash"] + command, environment: [:],
            isContained: false)
    }

    @Test(
        "At a limit of processes it says so once, goes on with what has room, and ends on TERM",
        .enabled(if: Privileges.isRoot, Privileges.needsRoot))
    func processes() async throws {
        try await Plain.use { plain in
            let service = try start(plain, Self.busy, under: "ulimit -u 12", as: Self.user)
            try await service.expectReady()
            let line = try await service.expect("jobs cannot be started now; they wait, each until its grace is over")
            #expect(line["remedy"]?.hasPrefix("raise the limit of processes: ulimit -u (12 now") == true && line["waiting"] != "0")
            let before = service.log("job finished", ["outcome": "succeeded"]).count
            try await eventually("runs one after the other", within: .seconds(20)) {
                service.log("job finished", ["outcome": "succeeded"]).count >= before + 4
            }
            #expect(try await service.stop(within: .seconds(20)) == 0)
            #expect(service.log(line.message).count == 1)
            #expect(!service.log("job finished", ["outcome": "cancelled"]).isEmpty, "what waited was cancelled")
            try await eventually("nobody is left", within: .seconds(3)) { plain.survivors.isEmpty }
        }
    }

    @Test("When there is room again, what waited starts, and that is said, too", .enabled(if: Privileges.isRoot, Privileges.needsRoot))
    func roomAgain() async throws {
        try await Plain.use { plain in
            let user = Self.user + 1000
            let sleepers = try (0..<3).map { _ in
                try plain.launch(Self.words(as: user) + ["sleep", "60"], environment: [:], isContained: false)
            }
            try await eventually("three sleepers") {
                plain.survivors.filter { Folder(path: "/proc/\($0)").read("comm") == "sleep\n" }.count == 3
            }
            // Ten threads of the service, and the sleepers.
            let service = try start(plain, "# crond: name=late\n@reboot echo here I am\n", under: "ulimit -u 13", as: user)
            try await service.expect("jobs cannot be started now; they wait, each until its grace is over", ["waiting": "1"])
            for sleeper in sleepers { sleeper.destroy() }
            try await service.expectOutput("here I am")
            try await service.expect("jobs can be started again")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("With twenty descriptors it works, slowly; with nine it says what it wants and ends")
    func descriptors() async throws {
        try await Plain.use { plain in
            let service = try start(plain, Self.busy, under: "ulimit -n 20")
            try await service.expectReady()
            #expect(service.log("running with reduced features").first?["descriptors"]?.contains("runs at once: 1 at most") == true)
            try await eventually("runs one after the other", within: .seconds(20)) { service.log("job finished", ["exit": "0"]).count >= 2 }
            #expect(try await service.stop(within: .seconds(20)) == 0)
            try await eventually("nobody is left", within: .seconds(3)) { plain.survivors.isEmpty }
            let refused = try start(plain, Self.busy, under: "ulimit -n 9")
            #expect(try await refused.end() == 71)
            #expect(refused.errors.contains("cannot start: 17 more files must be open and cannot, 9 in all: raise the limit (ulimit -n"))
        }
    }

    @Test("Clients that hold all its descriptors cost it no time")
    func clients() async throws {
        try await Plain.use { plain in
            let service = try start(plain, "# crond: name=idle\n0 0 1 1 * true\n", under: "ulimit -n 24")
            try await service.expectReady()
            let clients = (0..<30).map { _ in Self.client(of: plain.socket) }
            try await Task.sleep(for: .milliseconds(200))
            let before = Self.ticks(of: service)
            try await Task.sleep(for: .seconds(1))
            #expect(Self.ticks(of: service) - before < 20)
            for client in clients { close(client) }
            try await eventually("an answer") { try await plain.verb("status").code == 0 }
            #expect(try await service.stop() == 0)
        }
    }

    /// A connection that says nothing, and that no other test's processes hold open.
    private static func client(of path: String) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return descriptor
    }

    /// Processor time, in hundredths of a second.
    private static func ticks(of service: Daemon) -> Int {
        let facts = Folder(path: "/proc/\(service.pid)").read("stat").split(separator: " ")
        return facts.count > 14 ? (Int(facts[13]) ?? 0) + (Int(facts[14]) ?? 0) : 0
    }

    @Test("Without room for its own threads it says so and ends", .enabled(if: Privileges.isRoot, Privileges.needsRoot))
    func threads() async throws {
        try await Plain.use { plain in
            let service = try start(plain, Self.busy, under: "ulimit -u 4", as: Self.user + 2000)
            #expect(try await service.end() == 71)
            #expect(
                service.errors.contains(
                    "cannot start: cannot create 9 threads: Resource temporarily unavailable: raise the limit of processes"))
        }
    }

    /// Answers EPERM to clone3, as the profiles of older container runtimes do, and goes on as another program.
    private static let withoutClone3 = """
        import ctypes, os, sys
        class Step(ctypes.Structure): _fields_ = [('code', ctypes.c_ushort), ('yes', ctypes.c_ubyte), ('no', ctypes.c_ubyte), ('k', ctypes.c_uint)]
        class Program(ctypes.Structure): _fields_ = [('length', ctypes.c_ushort), ('steps', ctypes.POINTER(Step))]
        steps = (Step * 4)(Step(0x20, 0, 0, 0), Step(0x15, 0, 1, 435), Step(0x06, 0, 0, 0x00050001), Step(0x06, 0, 0, 0x7fff0000))
        libc, program = ctypes.CDLL(None), Program(4, steps)
        if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(program)): sys.exit(99)
        os.execv(sys.argv[1], sys.argv[1:])
        """

    @Test(
        "Where a seccomp profile forbids threads, that is the reason, and no limit is blamed",
        .enabled(if: access("/usr/bin/python3", X_OK) == 0, "needs python3"))
    func forbiddenThreads() async throws {
        try await Plain.use { plain in
            plain.folder.write("crontab", "@reboot echo here I am\n")
            let service = try plain.launch(
                ["python3", "-c", Self.withoutClone3, Program.crond, "run", plain.table, "--format", "user", "--store", "memory:"],
                environment: [:], isContained: false)
            #expect(try await service.end() == 71)
            #expect(
                service.errors.contains("cannot create 9 threads: Operation not permitted: a seccomp profile forbids it (clone3)"),
                "\(service.errors)")
        }
    }

    @Test("Every thread is there before the first job: none comes later", arguments: ["memory", "sqlite", "redis"])
    func noLateThreads(_ kind: String) async throws {
        try await Plain.use { plain in
            let redis = kind == "redis" ? try await Redis(in: plain) : nil
            let store = redis?.url ?? (kind == "memory" ? "memory:" : plain.store)
            let service = try await plain.start(
                // One that lasts has a start of its own to record.
                Plain.seconds + "# crond: name=long\n* * * * * ? sleep 2\n"
                    + (0..<20).map { "# crond: name=tick-\($0)\n* * * * * ? echo tick\n" }.joined(), store: store)
            let before = Self.threads(of: service)
            // A Redis that nobody knows settles first.
            try await eventually("runs", within: .seconds(30)) { service.outputs.count >= 60 }
            _ = try await plain.verb("status")
            let late = Self.threads(of: service).subtracting(before)
            // But in place of one with which a start hangs, as on a starved machine.
            let slowest = service.log("job started").compactMap { $0["lateness_ms"].flatMap { Int($0) } }.max() ?? 0
            #expect(late.isEmpty || slowest >= 200, "\(late) although no start took longer than \(slowest) ms")
            #expect(!service.log("job finished").isEmpty)
            #expect(try await service.stop() == 0)
        }
    }

    private static func threads(of service: Daemon) -> Set<String> {
        var found: Set<String> = []
        guard let tasks = opendir("/proc/\(service.pid)/task") else { return found }
        defer { closedir(tasks) }
        while let entry = readdir(tasks) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.first != "." { found.insert(name) }
        }
        return found
    }
}
