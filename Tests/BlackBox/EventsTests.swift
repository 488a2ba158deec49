internal import Glibc
internal import Testing

@Suite("Events, as a person sees them", .serialized, .inPlace, .timeLimit(.minutes(2)))
struct EventsTests {
    private static let table = Plain.seconds + "# crond: name=good\n* * * * * ? true\n# crond: name=bad\n* * * * * ? exit 3\n"

    /// A verb that goes on, with what it says in `events` and `events-errors` of the test's folder.
    private func listen(_ plain: Plain, _ words: String...) throws -> Program {
        try Program(
            [Program.crond, "events", "-f"] + words + ["--socket", plain.socket], environment: ["TZ": "Europe/Berlin"],
            out: "\(plain.folder.path)/events", errors: "\(plain.folder.path)/events-errors")
    }

    @Test("What happened last is shown to who asks later, with its times in their own zone; jobs and kinds filter; no command is told")
    func recent() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table)
            #expect(try await plain.verb("pause", "good").code == 0)
            try await eventually("a failed run") {
                service.log("run finished", ["job": "bad"]).count > 1 || service.errors.contains("exit 3")
            }
            let all = try await Program.run(
                [Program.crond, "events", "--socket", plain.socket], environment: ["TZ": "Europe/Berlin"])
            #expect(all.code == 0 && all.errors.isEmpty, "\(all)")
            let paused = try #require(all.lines.first { $0.contains("paused ") && $0.contains("by uid \(getuid()), pid ") }, "\(all)")
            #expect(paused.contains(" CET ") || paused.contains(" CEST "), "\(paused)")
            #expect(!all.out.contains("exit 3\n* *") && !all.out.contains("? exit"))
            let bad = try await plain.verb("events", "bad", "--kind", "finished", "--json", "-n", "1")
            #expect(
                bad.lines.count == 1 && bad.out.contains("\"outcome\":\"failed(exit 3)\"") && bad.out.contains("\"job\":\"bad\""), "\(bad)")
            let kinds = try await plain.verb("events", "--kind", "paused,resumed", "--kind", "table")
            #expect(kinds.lines.count == 1 && kinds.out.contains("good"), "\(kinds)")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("With -f it goes on with what happens, and ends with the service: 0 in order, 69 where that was killed")
    func following() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table)
            let listener = try listen(plain, "bad", "--kind", "started,finished,ending")
            defer { listener.destroy() }
            try await eventually("two ends of a run") { plain.folder.lines("events").filter { $0.contains("finished ") }.count >= 2 }
            #expect(plain.folder.lines("events").allSatisfy { $0.contains("bad@") })
            #expect(try await service.stop() == 0)
            // The end is about no job.
            #expect(try await listener.end() == 69)
            let again = try await plain.start(nil)
            let all = try listen(plain)
            defer { all.destroy() }
            try await eventually("an event") { plain.folder.lines("events").contains { $0.contains("good@") } }
            #expect(try await again.stop() == 0)
            #expect(try await all.end() == 0)
            // Runs that were going on when the end began end after it.
            #expect(plain.folder.lines("events").contains { $0.contains("ending") })
            #expect(plain.folder.read("events-errors").contains("the service has ended"))
        }
    }

    @Test("Who reads too slowly is told how many events were lost to it")
    func gaps() async throws {
        try await Plain.use { plain in
            let jobs = (0..<40).map { "# crond: name=\(String(repeating: "long", count: 12))-\($0)\n* * * * * ? true\n" }.joined()
            let service = try await plain.start(Plain.seconds + jobs)
            let listener = try listen(plain, "-n", "0")
            defer { listener.destroy() }
            try await eventually("an event") { !plain.folder.lines("events").isEmpty }
            listener.signal(SIGSTOP)
            // What the socket's buffers take, and the queue of 1024: about 80 events a second come.
            try await eventually("2200 ends", within: .seconds(90)) { Self.ends(plain) > 2200 }
            listener.signal(SIGCONT)
            try await eventually("a gap") { plain.folder.lines("events").contains { $0.hasPrefix("gap(") } }
            #expect(try await service.stop() == 0)
        }
    }

    private static func ends(_ plain: Plain) -> Int {
        plain.folder.read("err-1").split(separator: "\n").filter { $0.contains("outcome") }.count
    }

    @Test("What is no job, kind or number is refused with the right code and a word of what was expected")
    func badInput() async throws {
        try await Plain.use { plain in
            #expect(try await plain.verb("events").code == 69)
            #expect(try await plain.verb("events", "-f").code == 69)
            let service = try await plain.start(Self.table)
            let job = try await plain.verb("events", "goof")
            #expect(job.code == 66 && job.errors.contains("did you mean good?"), "\(job)")
            let kind = try await plain.verb("events", "--kind", "exploded")
            #expect(kind.code == 64 && kind.errors.contains("expected started, finished"), "\(kind)")
            #expect(try await plain.verb("events", "-n", "9999").code == 64)
            #expect(try await service.stop() == 0)
        }
    }
}
