internal import Glibc
internal import Testing

@Suite("Health checks", .serialized, .inPlace, .timeLimit(.minutes(2)))
struct HealthCheckTests {
    private static let table = "# crond: name=nightly\n0 0 1 1 * true\n"

    /// The check's answer. It must come within 2 s; the rest is what a busy machine takes to begin and end a program.
    private func check(_ plain: Plain, _ words: String...) async throws -> Program.Result {
        let begin = ContinuousClock.now
        let result = try await Program.run([Program.crond, "status"] + words + ["--socket", plain.socket])
        let took = ContinuousClock.now - begin
        #expect(took < .seconds(5), "\(took)")
        return result
    }

    @Test("A service that answers and whose store works is well, and says so in one word")
    func well() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table)
            for words in ["--check", "--check=works", "--check=strict"] {
                let result = try await check(plain, words)
                #expect(result.code == 0 && result.out == "ok\n" && result.errors.isEmpty, "\(words): \(result)")
            }
            #expect(try await check(plain, "--check", "--json").out == "{\"ok\":true}\n")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("Where no service runs, or the place of its socket cannot be known, the answer is 1 and why")
    func nobody() async throws {
        try await Plain.use { plain in
            let result = try await check(plain, "--check")
            #expect(result.code == 1 && result.out.isEmpty && result.errors.contains("no service listens on \(plain.socket)"), "\(result)")
            let json = try await check(plain, "--check=strict", "--json")
            #expect(json.code == 1 && json.out.hasPrefix("{\"ok\":false,\"reasons\":[\"no service"), "\(json)")
            #expect(try await check(plain, "--check", "--name", "not a name").code == 1)
            #expect(try await check(plain, "--check=perhaps").code == 64)
        }
    }

    @Test("A stopped service is not well, also where others wait for it already, and the check ends in time")
    func frozen() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table)
            try service.signal(SIGSTOP)
            let result = try await check(plain, "--check")
            #expect(result.code == 1 && result.errors.contains("did not answer"), "\(result)")
            // Until the queue of connections that wait to be taken is full.
            var waiting: [Int32] = []
            defer { for descriptor in waiting { close(descriptor) } }
            for _ in 0..<64 {
                let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
                waiting.append(descriptor)
                var address = sockaddr_un()
                address.sun_family = sa_family_t(AF_UNIX)
                withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: plain.socket.utf8.prefix($0.count - 1)) }
                let connected = withUnsafePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                    }
                }
                if connected != 0 { break }
            }
            #expect(waiting.count < 64, "the queue was not filled")
            let full = try await check(plain, "--check=strict")
            #expect(full.code == 1 && full.errors.contains("did not answer"), "\(full)")
            try service.signal(SIGCONT)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A degraded service is well for --check, and not for --check=strict, which says what is missing")
    func degraded() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table, store: "memory:")
            plain.folder.write("crontab", "\u{0}")
            #expect(try await plain.verb("reload").code == 65)
            var isDegraded = false
            for _ in 0..<200 where !isDegraded { isDegraded = try await plain.verb("status").out.contains("degraded ") }
            #expect(try await check(plain, "--check").code == 0)
            let strict = try await check(plain, "--check=strict")
            #expect(strict.code == 1 && strict.errors.contains(plain.table), "\(strict)")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A service whose Redis is stopped is not well, and is again once that goes on")
    func frozenStore() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            let service = try await plain.start(Self.table, store: redis.url)
            #expect(try await check(plain, "--check").code == 0)
            let server = try await redis.call("INFO", "server").split(whereSeparator: \.isNewline).first { $0.hasPrefix("process_id:") }
            let pid = try #require(server.flatMap { pid_t($0.dropFirst(11)) })
            kill(pid, SIGSTOP)
            defer { kill(pid, SIGCONT) }
            let result = try await check(plain, "--check")
            #expect(result.code == 1 && result.errors.contains("store"), "\(result)")
            kill(pid, SIGCONT)
            var isWell = false
            for _ in 0..<20 where !isWell {
                isWell = try await check(plain, "--check").code == 0
                if !isWell { try await Task.sleep(for: .milliseconds(500)) }
            }
            #expect(isWell)
            #expect(try await service.stop() == 0)
        }
    }
}
