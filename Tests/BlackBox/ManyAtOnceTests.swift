import Glibc
import Testing

@Suite("Many runs at once", .serialized, .alone, .timeLimit(.minutes(5)))
struct ManyAtOnceTests {
    /// A run takes four descriptors, and its share of them is kept free for it.
    private static let isRoomy = {
        var limit = rlimit()
        return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 && limit.rlim_max > 4 * 3000 + 64
    }()

    @Test(
        "Three thousand sleep beside each other, and what the service holds for them is small",
        .enabled(if: isRoomy, "the hard limit of open files is too low for 3,000 runs"))
    func sleeping() async throws {
        try await Plain.use { bench in
            let table = (1...3000).map { "@reboot /bin/sleep 600.\($0)\n" }.joined()
            let service = try await bench.start(table, ["--drain", "0s", "--kill-after", "1s"])
            try await eventually("all of them run", within: .seconds(120)) { Self.started(service) == 3000 }
            // 500 sleeping jobs are to take 25 MB at most; six times as many do.
            #expect(try await Self.ownMemory(of: service.pid) < 25_000, "KiB")
            let status = try await bench.verb("status")
            #expect(status.code == 0)
            #expect(service.log("job finished").isEmpty)
            #expect(try await service.stop(within: .seconds(60)) == 0)
            #expect(service.log("job finished", ["outcome": "cancelled"]).count == 3000)
        }
    }

    @Test("Output that is not logged goes through whole, at whatever speed, and its beginning and end are kept")
    func fastOutput() async throws {
        try await Plain.use { bench in
            let writer = "/bin/sh -c 'echo begins; head -c 2000000000 /dev/zero; echo; echo ends'"
            let service = try await bench.start("# crond: name=fast log=none\n@reboot \(writer)\n")
            try await eventually("it has ended", within: .seconds(120)) { !service.log("job finished", ["exit": "0"]).isEmpty }
            #expect(service.log("job finished", ["job": "fast"]).count == 1)
            #expect(!service.errors.contains("begins"))
            let shown = try await bench.verb("show", "fast", "--json")
            #expect(shown.code == 0)
            let kept = try await bench.verb("logs", "fast")
            #expect(kept.out.hasPrefix("begins\n") && kept.out.hasSuffix("ends\n"), "\(kept.out.prefix(20)) … \(kept.out.suffix(20))")
            #expect(try await service.stop() == 0)
        }
    }

    /// Counted without reading every line as JSON.
    private static func started(_ service: Daemon) -> Int { service.errors.split(separator: "\n").count { $0.contains("job started") } }

    /// What is in no file, in KiB.
    private static func ownMemory(of service: pid_t) async throws -> Int {
        let found = try await Program.run(["sed", "-n", "s/^RssAnon:[^0-9]*\\([0-9]*\\) kB/\\1/p", "/proc/\(service)/status"])
        return try #require(Int(found.out.filter(\.isNumber)))
    }
}
