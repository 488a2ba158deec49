internal import CLinux
internal import Glibc
internal import Testing

@Suite("Nobody holds the service up", .serialized, .alone, .timeLimit(.minutes(4)))
struct NobodyHoldsUpTests {
    private static let tick = "# crond: name=tick every=1s\n@every true\n"

    private func lateness(_ service: Daemon) -> [Int] {
        service.log("job started", ["job": "tick"]).compactMap { $0["lateness_ms"].flatMap { Int($0) } }
    }

    private func timed<Result>(_ body: () async throws -> Result) async throws -> (Result, length: Duration) {
        let clock = ContinuousClock()
        let began = clock.now
        return (try await body(), clock.now - began)
    }

    @Test("Jobs that write two-byte lines as fast as they can delay no start, no status and no TERM")
    func chattyJobs() async throws {
        try await Plain.use { plain in
            let chatty = (0..<24).map { "# crond: name=y\($0) log=json\n@reboot exec yes\n" }.joined()
            plain.folder.write("crontab", Self.tick + chatty)
            // To nobody: the test has no use for millions of lines.
            let command = [Program.crond, "run", plain.table, "--format", "user", "--store", "memory:", "--socket", plain.socket]
            let service = try plain.launch(
                ["sh", "-c", "exec \"$@\" >/dev/null", "sh"] + command + ["--drain", "1s"], environment: [:], isContained: false)
            try await service.expectReady()
            try await eventually("five starts", within: .seconds(15)) { lateness(service).count >= 5 }
            let late = lateness(service)
            #expect(late.max() ?? 0 < 500, "\(late)")
            let (status, asked) = try await timed { try await plain.verb("status") }
            #expect(status.code == 0 && asked < .seconds(2))
            let (code, ending) = try await timed { try await service.stop() }
            #expect(code == 0 && ending < .seconds(5))
        }
    }

    @Test("A reader of our output that has stopped delays nothing, and the end is not waited for longer than half a second a stream")
    func stoppedReader() async throws {
        try await Plain.use { plain in
            let chatty = (0..<4).map { "# crond: name=y\($0)\n@reboot exec yes\n" }.joined()
            plain.folder.write("crontab", Self.tick + chatty)
            let command = [Program.crond, "run", plain.table, "--format", "user", "--store", "memory:", "--socket", plain.socket]
            plain.folder.write("never", "")
            try await Program.shell("rm \(plain.folder.path)/never; mkfifo \(plain.folder.path)/never")
            // Somebody has it open for reading and does not read.
            let service = try plain.launch(
                ["sh", "-c", "exec 9<>\(plain.folder.path)/never; exec \"$@\" >\(plain.folder.path)/never", "sh"] + command
                    + ["--drain", "1s"], environment: [:], isContained: false)
            try await service.expectReady()
            try await eventually("four starts", within: .seconds(15)) { lateness(service).count >= 4 }
            #expect(lateness(service).max() ?? 0 < 2000)
            #expect(try await plain.verb("status").code == 0)
            let (code, ending) = try await timed { try await service.stop() }
            #expect(code == 0 && ending < .seconds(6))
        }
    }

    @Test(
        "A service that is stopped is given up after ten seconds, does later nothing of what it was asked, and another start on its path gets ready"
    )
    func frozenService() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.tick)
            try service.signal(SIGSTOP)
            let (status, asked) = try await timed { try await plain.verb("status") }
            #expect(status.code == 69 && asked < .seconds(15))
            #expect(status.errors.contains("did not answer within 10 s"), "\(status.errors)")
            for ask in [#""trigger","job":"tick""#, #""pause","jobs":["tick"]"#] {
                let impatient = try Conversation(plain.socket)
                try impatient.send(#"{"crond":1,"ask":"# + ask + "}")
            }
            let held = SilentClients(plain.socket, 62)
            let other = try await plain.start(nil, store: "memory:")
            try await other.expect("running with reduced features")
            #expect(other.log("running with reduced features").first?["socket"]?.contains("another service listens") == true)
            try await other.stop()
            #expect(access(plain.socket, F_OK) == 0)
            held.close()
            try service.signal(SIGCONT)
            try await eventually("its status") { lateness(service).count > 1 }
            #expect(try await plain.verb("status").code == 0)
            // Whoever asked meanwhile and went away was told that nothing came of it.
            #expect(service.log("job paused").isEmpty && !service.log("job started").contains { $0["run"]?.contains("m") == true })
        }
    }

    @Test("Clients that connect and say nothing, or do not take their answer, keep nobody else from asking")
    func silentClients() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.tick)
            var clients: [SilentClients] = []
            for _ in 0..<20 {
                try await eventually("room for more") {
                    clients.append(SilentClients(plain.socket, 10))
                    return clients.last?.count ?? 0 > 0
                }
            }
            #expect(try await plain.verb("status").code == 0)
            clients.append(SilentClients(plain.socket, 10, saying: "{\"verb\":\"status\"}\n"))
            #expect(try await plain.verb("status").code == 0)
            let descriptors = try await Program.shell("ls /proc/\(service.pid)/fd | wc -l")
            #expect(Int(descriptors.prefix { $0.isNumber }) ?? 0 < 120)
            for client in clients { client.close() }
        }
    }

    @Test(
        "A folder of drop-in files that does not answer holds up only edits; it is said once, and shown",
        .enabled(if: HungFolder.isPossible, "needs root and /dev/fuse"))
    func hungFolder() async throws {
        try await Container.use { container in
            try await container.freshRoot("# crond: name=tick every=1s\n@every root true\n")
            container.folder.folder("etc/cron.d")
            let service = try await container.start()
            let hung = try HungFolder("/etc/cron.d", in: service, container.folder)
            defer { hung.end() }
            let warning = try await service.expect(
                "a file or folder of the table does not answer; known jobs go on, edits wait", within: .seconds(40))
            #expect(warning["path"] == "/etc/cron.d")
            let before = lateness(service).count
            try await eventually("more starts", within: .seconds(10)) { lateness(service).count >= before + 3 }
            let status = try await container.verb("status")
            #expect(status.out.contains("degraded   table: /etc/cron.d does not answer"), "\(status.out)")
            #expect(try await container.verb("reload").code == 75)
            hung.end()
            try await service.expect("the table's files and folders answer again")
            #expect(service.log(warning.message).count == 1)
            #expect(try await service.stop() == 0)
        }
    }
}

/// Connections that nobody uses.
private final class SilentClients {
    private var descriptors: [Int32] = []
    var count: Int { descriptors.count }

    init(_ path: String, _ wanted: Int, saying text: String = "") {
        for _ in 0..<wanted {
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix(107)) }
            let connected = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
            }
            if connected == 0 {
                descriptors.append(descriptor)
                if !text.isEmpty { _ = text.withCString { write(descriptor, $0, strlen($0)) } }
            } else {
                Glibc.close(descriptor)
            }
        }
    }

    func close() {
        for descriptor in descriptors { Glibc.close(descriptor) }
        descriptors = []
    }

    deinit { close() }
}

/// A file system over a folder of a container that answers nothing, until its end.
private final class HungFolder {
    static var isPossible: Bool { getuid() == 0 && access("/dev/fuse", R_OK | W_OK) == 0 }
    private let holder: Program

    init(_ path: String, in service: Daemon, _ folder: Folder) throws {
        let script = """
            exec 9<>/dev/fuse
            mount -i -t fuse -o fd=9,rootmode=40000,user_id=0,group_id=0,allow_other hung \(path)
            exec sleep 100
            """
        holder = try Program(
            ["nsenter", "--target", "\(service.pid)", "--mount", "/bin/sh", "-ec", script], out: "\(folder.path)/hung-out",
            errors: "\(folder.path)/hung-errors")
    }

    func end() { holder.destroy() }
}
