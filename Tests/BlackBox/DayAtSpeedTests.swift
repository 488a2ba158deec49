internal import Glibc
internal import Testing

/// `make soak` sets `CROND_SOAK_RUNS` to 86,400, as many runs as a job of every second has in a day.
@Suite("Many runs leave nothing behind", .serialized, .alone, .timeLimit(.minutes(30)))
struct DayAtSpeedTests {
    private static let jobs = 150
    private static var runs: Int { getenv("CROND_SOAK_RUNS").flatMap { Int(String(cString: $0)) } ?? 1500 }

    @Test("Neither descriptors nor threads, memory or zombies grow with the runs of jobs that need no shell")
    func day() async throws {
        try await Plain.use { bench in
            let table = (1...Self.jobs).map { "# crond: name=tick-\($0) every=1s\n@every /bin/true \($0)\n" }.joined()
            let service = try await bench.start(table)
            try await eventually("a first third of them", within: .seconds(600)) {
                service.log("job finished", ["exit": "0"]).count >= Self.runs / 3
            }
            let early = try await Leavings.least(of: service.pid)
            try await eventually("all of them", within: .seconds(1500)) { service.log("job finished", ["exit": "0"]).count >= Self.runs }
            let late = try await Leavings.least(of: service.pid)
            #expect(late.descriptors <= early.descriptors)
            #expect(late.threads <= early.threads)
            #expect(late.zombies == 0)
            #expect(late.memory - early.memory < 4096, "KiB")
            #expect(try await service.stop() == 0)
            // What was claimed and had not started yet at the end is cancelled.
            #expect(service.log("job finished").allSatisfy { $0["exit"] == "0" || $0["outcome"] == "cancelled" })
        }
    }

    private struct Leavings {
        var descriptors: Int
        var threads: Int
        /// Its own, in KiB: pages of the program come and go with use.
        var memory: Int
        var zombies: Int

        /// Between two seconds nothing runs: of several looks the least counts.
        static func least(of service: pid_t) async throws -> Leavings {
            var least = try await look(at: service)
            for _ in 0..<10 {
                try await Task.sleep(for: .milliseconds(90))
                let next = try await look(at: service)
                least.descriptors = min(least.descriptors, next.descriptors)
                least.threads = min(least.threads, next.threads)
                least.memory = min(least.memory, next.memory)
                least.zombies = min(least.zombies, next.zombies)
            }
            return least
        }

        private static func look(at service: pid_t) async throws -> Leavings {
            let script = """
                ls /proc/$1/fd | wc -l; ls /proc/$1/task | wc -l; sed -n 's/^RssAnon:[^0-9]*\\([0-9]*\\) kB/\\1/p' /proc/$1/status
                for child in $(cat /proc/$1/task/*/children); do cat /proc/$child/status; done 2>/dev/null | grep -c '^State:.Z'
                """
            let output = try await Program.run(["sh", "-c", script, "sh", "\(service)"]).out
            let numbers = output.split { $0 == "\n" || $0 == " " || $0 == "\t" }.compactMap { Int($0) }
            try #require(numbers.count == 4, "\(output)")
            return Leavings(descriptors: numbers[0], threads: numbers[1], memory: numbers[2], zombies: numbers[3])
        }
    }
}
