internal import CronJobs
internal import Testing

@Suite("Jobs and runs, seen from a terminal", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct ListingVerbTests {
    private static let table = """
        # crond: name=tick every=1s
        @every echo tick
        # crond: name=fails every=1s
        @every exit 3
        # crond: name=sleeper
        @reboot sleep 60
        # crond: name=nightly
        0 3 1 1 * echo nightly SECRETWORD
        30 4 * * 1-5 echo unnamed

        """

    private func running(_ body: (Plain, Daemon) async throws -> Void) async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table, ["--drain", "0"], environment: ["TZ": "UTC"])
            for job in ["tick", "fails"] { try await service.expect("job finished", ["job": job]) }
            // It is said a moment before it is in the store.
            try await eventually("what became of it is in the store") {
                try await plain.verb("runs", "fails", "--outcome", "failed", "--limit", "1").out.contains("failed(exit 3)")
            }
            try await body(plain, service)
        }
    }

    @Test("jobs shows each job with its schedule, place, next time, last outcome and state, and counts them")
    func jobs() async throws {
        try await running { plain, service in
            #expect(try await plain.verb("pause", "nightly").code == 0)
            let list = try await plain.verb("jobs", "--tz", "UTC")
            #expect(list.code == 0 && list.errors.isEmpty)
            let lines = list.lines
            #expect(lines.first?.split(separator: " ") == ["NAME", "SCHEDULE", "WHERE", "NEXT", "LAST", "LATE"], "\(list.out)")
            func line(_ name: String) -> String { lines.first { $0.hasPrefix("\(name) ") } ?? "" }
            #expect(line("tick").contains("  every 1s  ") && line("tick").contains("/crontab:2  "), "\(list.out)")
            #expect(line("fails").contains("failed(exit 3)"), "\(list.out)")
            #expect(line("sleeper").contains("@reboot") && line("sleeper").contains("running "), "\(list.out)")
            #expect(
                line("nightly").contains("  0 3 1 1 *  ") && line("nightly").contains("1 Jan 03:00")
                    || line("nightly").contains("-01-01 03:00"), "\(list.out)")
            #expect(line("nightly").contains("paused"), "\(list.out)")
            #expect(lines.contains { $0.hasPrefix("crondServiceTask-") && $0.contains("  30 4 * * 1-5  ") })
            #expect(
                lines.last?.hasPrefix("5 jobs, ") == true && lines.last?.contains("1 paused") == true
                    && lines.last?.hasSuffix("Times in UTC.") == true)
            #expect(!list.out.contains("SECRETWORD"), "no command unless asked")
        }
    }

    @Test("jobs are filtered by words and states, put in order and cut; commands are shown when asked")
    func filters() async throws {
        try await running { plain, _ in
            func names(_ words: String...) async throws -> [String] {
                let list = try await Program.run([Program.crond, "jobs"] + words + ["--json", "--socket", plain.socket])
                #expect(list.code == 0, "\(list.errors)")
                return list.lines.compactMap { line in try? JSONReader.read(Array(line.utf8)) }.compactMap { json -> String? in
                    guard case .object(let fields) = json, case .text(let id)? = fields["id"] else { return nil }
                    return id
                }
            }
            #expect(try await names("TICK") == ["tick"])
            #expect(try await names("crontab:6") == ["sleeper"], "a place is a word, too")
            #expect(try await names("--state", "running").contains("sleeper"))
            #expect(try await names("--limit", "2").last == "fails", "in the order of names")
            #expect(try await names("--sort", "next", "--reverse").prefix(2).contains("sleeper"))
            #expect(try await names("secretword").isEmpty)
            #expect(try await names("secretword", "--commands") == ["nightly"])
            let shown = try await plain.verb("jobs", "nightly", "--commands")
            #expect(shown.out.contains("echo nightly SECRETWORD"), "\(shown.out)")
            #expect(try await plain.verb("jobs", "no-such-job").out == "No job is like that.\n")
            #expect(try await plain.verb("jobs", "--sort", "colour").code == 64)
            #expect(try await plain.verb("jobs", "--limit", "0").code == 64)
        }
    }

    @Test("On a terminal the table fits it, and ends in an ellipsis what does not; piped it is whole")
    func fitted() async throws {
        try await running { plain, _ in
            let inner = "stty cols 70; \(Program.crond) jobs --color never --socket \(plain.socket)"
            let shown = try await Program.run(["/usr/bin/script", "-qec", inner, "/dev/null"], environment: ["TERM": "xterm"])
            let lines = shown.out.split(separator: "\r\n").map(String.init)
            #expect(lines.contains { $0.contains("…") }, "\(shown.out)")
            #expect(lines.dropLast().allSatisfy { $0.count <= 74 }, "\(shown.out)")
            #expect(try await !plain.verb("jobs").out.contains("…"))
        }
    }

    @Test("runs lists what became of all jobs, newest first, or of one; with a service and without")
    func runs() async throws {
        try await running { plain, service in
            let all = try await plain.verb("runs", "--tz", "UTC")
            #expect(all.code == 0 && all.lines.first?.hasPrefix("RUN ") == true, "\(all.out)\(all.errors)")
            #expect(all.out.contains("sleeper@boot-") && all.out.contains("running") && all.out.contains("tick@"))
            let failed = try await plain.verb("runs", "fails", "--outcome", "failed", "--limit", "1")
            #expect(failed.lines.count == 3 && failed.lines[1].contains("failed(exit 3)"), "\(failed.out)")
            let wrong = try await plain.verb("runs", "fials")
            #expect(wrong.code == 66 && wrong.errors.contains("did you mean fails?"), "\(wrong.errors)")
            let outcome = try await plain.verb("runs", "--outcome", "suceeded")
            #expect(outcome.code == 64 && outcome.errors.contains("did you mean succeeded?"), "\(outcome.errors)")
            #expect(try await plain.verb("runs", "--since", "sometime").code == 64)
            #expect(try await plain.verb("runs", "--since", "2099-01-01T00:00:00Z").out == "No run is like that.\n")
            #expect(try await service.stop() == 0)
            let past = try await plain.storeVerb("runs", "fails", "--outcome", "failed", "--json", "--limit", "1")
            #expect(past.lines.count == 1 && past.out.contains("\"outcome\":\"failed(exit 3)\""), "\(past.out)\(past.errors)")
            #expect(try await plain.storeVerb("runs", "fials").code == 66)
            #expect(try await plain.verb("jobs").code == 69, "the present needs a service")
        }
    }
}
