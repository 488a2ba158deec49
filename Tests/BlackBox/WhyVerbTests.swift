internal import Glibc
internal import Testing

@Suite("Why a job ran, or did not", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct WhyVerbTests {
    private static let table = """
        # crond: name=tick every=1s
        @every echo tick
        # crond: name=nightly
        0 3 * * * echo nightly SECRETWORD
        # crond: name=boot
        @reboot true
        # crond: name=theirs host=somewhere-else
        0 3 * * * echo theirs

        """

    private static func now() -> Int { time(nil) }

    private static func rfc3339(_ seconds: Int) -> String {
        var moment = time_t(seconds), parts = tm()
        gmtime_r(&moment, &parts)
        var text = [CChar](repeating: 0, count: 32)
        strftime(&text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    @Test("A run is told with its outcome, how late and how long; with a service and, afterwards, from the store")
    func recorded() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table, environment: ["TZ": "UTC"])
            let line = try await service.expect("job finished", ["job": "tick"])
            let run = line["run"] ?? ""
            let at = Self.rfc3339(Int(run.split(separator: "@").last ?? "") ?? 0)
            var why = try await plain.verb("why", "tick", at, "--tz", "UTC")
            try await eventually("its outcome") {
                why = try await plain.verb("why", "tick", at, "--tz", "UTC")
                return why.out.contains("succeeded")
            }
            #expect(why.code == 0 && why.lines.first?.hasPrefix("tick ran at ") == true, "\(why.out)\(why.errors)")
            #expect(
                why.out.contains("and succeeded.") && why.out.contains(" s late, took ") && why.out.contains("crond logs \(run)"),
                "\(why.out)")
            let json = try await plain.verb("why", "tick", at, "--json")
            #expect(
                json.lines.count == 1 && json.out.contains("\"verdict\":\"recorded\"") && json.out.contains("\"outcome\":\"succeeded\""))
            #expect(try await service.stop() == 0)
            let past = try await plain.storeVerb("why", "tick", at, "--tz", "UTC")
            #expect(past.code == 0 && past.lines.first?.hasPrefix("tick ran at ") == true, "\(past.out)\(past.errors)")
        }
    }

    @Test("A paused job: from when to when, by whom, the record, and how to let it go on")
    func paused() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table, environment: ["TZ": "UTC"])
            #expect(try await plain.verb("pause", "tick").code == 0)
            let skipped = try await service.expect("run skipped", ["job": "tick"])
            _ = skipped
            var why = try await plain.verb("why", "tick", "--tz", "UTC")
            try await eventually("its record") {
                why = try await plain.verb("why", "tick", "--tz", "UTC")
                return why.out.contains("skipped(paused)")
            }
            #expect(why.lines.first?.hasPrefix("tick did not run at ") == true, "\(why.out)\(why.errors)")
            #expect(
                why.out.contains("It was paused from ") && why.out.contains("uid \(geteuid())") && why.out.contains("and still is."),
                "\(why.out)")
            #expect(why.out.contains("Recorded: skipped(paused)") && why.out.contains("crond resume tick"), "\(why.out)")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("Times that are none, that are to come or are somebody else's, and a job that came later")
    func verdicts() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table, environment: ["TZ": "UTC"])
            func why(_ words: String...) async throws -> Program.Result {
                try await Program.run([Program.crond, "why"] + words + ["--tz", "UTC", "--socket", plain.socket])
            }
            let before = try await why("nightly", "2020-01-01T03:00:00Z")
            #expect(before.out.contains("It was not in the table until revision 1, "), "\(before.out)\(before.errors)")
            let ahead = try await why("nightly", "2099-01-01T03:00:00Z")
            #expect(ahead.lines.first?.contains("has not run at 2099-01-01 03:00 UTC yet") == true, "\(ahead.out)")
            let none = try await why("nightly", "2099-01-01T03:01:00Z")
            #expect(
                none.out.contains("Its schedule does not name that time. Of its times the one before is 2099-01-01 03:00 UTC"),
                "\(none.out)")
            #expect(none.out.contains("  Next:    ") && !none.out.contains("SECRETWORD"), "\(none.out)")
            #expect(try await why("boot").out.contains("runs once at each start of the service"))
            let theirs = try await why("theirs", Self.rfc3339(Self.now()))
            #expect(theirs.code == 0, "\(theirs.out)\(theirs.errors)")
            let unknown = try await why("nihgtly")
            #expect(unknown.code == 66 && unknown.errors.contains("did you mean nightly?"), "\(unknown.errors)")
            #expect(try await why("nightly", "some day").code == 64)
            let edited = Self.table + "# crond: name=later\n0 5 * * * echo later\n"
            plain.folder.write("crontab", edited)
            try await service.expect("table loaded", ["added": "1"])
            let later = try await why("later", "2020-01-01T05:00:00Z")
            #expect(later.out.contains("until revision 2, "), "\(later.out)")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("Fire times that passed while no service ran are missed, and one record answers for each of them")
    func missed() async throws {
        try await Plain.use { plain in
            let first = try await plain.start(Self.table, environment: ["TZ": "UTC"])
            try await first.expect("job finished", ["job": "tick"])
            #expect(try await first.stop() == 0)
            let gone = Self.now() + 1
            try await Task.sleep(for: .seconds(4))
            let undecided = try await plain.storeVerb("why", "tick", Self.rfc3339(gone), "--tz", "UTC")
            #expect(undecided.out.contains("It was due, and is not decided: no service runs here"), "\(undecided.out)\(undecided.errors)")
            let second = try await plain.start(environment: ["TZ": "UTC"])
            try await second.expect("job finished", ["job": "tick"])
            let why = try await plain.verb("why", "tick", Self.rfc3339(gone), "--tz", "UTC")
            #expect(why.code == 0 && why.out.contains("One record answers for "), "\(why.out)\(why.errors)")
            #expect(try await second.stop() == 0)
        }
    }

    @Test("Over a Redis: jobs, runs and why through a replica, and from the store when none runs")
    func overRedis() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            let service = try await plain.start(Self.table, environment: ["TZ": "UTC"], store: redis.url)
            let line = try await service.expect("job finished", ["job": "tick"])
            let run = line["run"] ?? ""
            let at = Self.rfc3339(Int(run.split(separator: "@").last ?? "") ?? 0)
            #expect(try await plain.verb("jobs", "tick").out.contains("every 1s"))
            var runs = try await plain.verb("runs", "--limit", "500")
            try await eventually("its row") {
                runs = try await plain.verb("runs", "--limit", "500")
                return runs.out.contains("\(run) ")
            }
            #expect(runs.out.contains("\(run) ") && runs.out.contains("boot@boot-"), "\(runs.out)\(runs.errors)")
            try await eventually("its outcome") { try await plain.verb("why", "tick", at).lines.first?.hasPrefix("tick ran at ") == true }
            #expect(try await service.stop() == 0)
            let arguments = ["--socket", plain.socket, "--store", redis.url]
            let past = try await Program.run([Program.crond, "runs", "tick", "--limit", "3"] + arguments)
            #expect(past.code == 0 && past.out.contains("tick@"), "\(past.out)\(past.errors)")
            let why = try await Program.run([Program.crond, "why", "tick", at] + arguments)
            #expect(why.code == 0 && why.lines.first?.hasPrefix("tick ran at ") == true, "\(why.out)\(why.errors)")
        }
    }
}
