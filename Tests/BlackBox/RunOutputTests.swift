internal import Glibc
internal import Testing

@Suite("What runs have written, and all about a run", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct RunOutputTests {
    private static let secret = "hunter22-hunter23"
    private static let table = """
        DB_TOKEN=\(secret)
        # crond: name=small log=none
        @reboot echo "to $DB_TOKEN"; printf '\\033[2J\\n' >&2; exit 3
        # crond: name=large log=none
        @reboot i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done
        # crond: name=short log=none log-keep=4k
        @reboot head -c 20000 /dev/zero | tr '\\0' x
        # crond: name=unkept log=none log-keep=0
        @reboot echo nobody sees this
        # crond: name=silent
        0 0 1 1 * echo never

        """

    @Test("Beginning and end of each run are kept, and outlive the service; secrets are masked, control characters escaped")
    func kept() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table)
            for job in ["small", "large", "short", "unkept"] { try await service.expect("job finished", ["job": job]) }
            try await until("the output is stored") { try await plain.verb("logs", "large", "--raw").errors.contains("are not kept") }
            try await look(plain) { try await plain.verb($0, $1, $2) }
            #expect(try await plain.verb("logs", "small", "--raw").out == "to ***\n\u{1B}[2J\n")
            let shown = try await plain.verb("show", "small")
            #expect(shown.code == 0 && shown.out.contains("DB_TOKEN=***") && !shown.out.contains(Self.secret), "\(shown)")
            #expect(shown.out.contains("failed(exit 3)") && shown.out.contains("fence") && shown.out.contains("HOME="))
            let jobs = "\(try await Conversation.ask(plain.socket, #"{"crond":1,"ask":"jobs"}"#))"
            #expect(!jobs.contains(Self.secret))
            #expect(!service.errors.contains(Self.secret) && !service.out.contains(Self.secret))
            #expect(try await service.stop() == 0)
            try await look(plain) { try await plain.storeVerb($0, $1, $2) }
            #expect(try await plain.storeVerb("logs", "small", "-f").code == 69)
            let bytes = plain.folder.bytes("store/ledger.db") ?? []
            #expect(!Self.contains(bytes, "to \(Self.secret)"), "the history has no secret")
        }
    }

    private func until(_ what: String, _ isSo: () async throws -> Bool) async throws {
        let limit = ContinuousClock.now + .seconds(30)
        while try await !isSo() {
            guard ContinuousClock.now < limit else { throw Complaint("\(what): not within 30 s") }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private static func contains(_ bytes: [UInt8], _ text: String) -> Bool {
        let wanted = Array(text.utf8)
        return bytes.indices.dropLast(wanted.count).contains {
            bytes[$0] == wanted[0] && bytes[$0..<$0 + wanted.count].elementsEqual(wanted)
        }
    }

    private func look(_ plain: Plain, _ verb: (String, String, String) async throws -> Program.Result) async throws {
        let small = try await verb("logs", "small", "--attempt=1")
        #expect(small.code == 0 && small.out == "to ***\n\\x1b[2J\n", "\(small)")
        let large = try await verb("logs", "large", "--raw")
        #expect(large.out.hasPrefix("line 0\nline 1\n") && large.out.hasSuffix("line 19998\nline 19999\n"))
        #expect(large.out.utf8.count == 64 << 10)
        #expect(large.errors.contains("bytes are not kept"))
        #expect(try await verb("logs", "short", "--raw").out == String(repeating: "x", count: 4096))
        let unkept = try await verb("logs", "unkept", "--raw")
        #expect(unkept.code == 0 && unkept.out.isEmpty && unkept.errors.contains("nothing of it is kept"), "\(unkept)")
        let json = try await verb("show", "large", "--json")
        #expect(json.out.contains("\"kept\":65536") && json.out.contains("\"fence\":"), "\(json)")
        for (word, wanted) in [("silent", "any run of job silent"), ("small@60", "run small@60"), ("nosuch", "any run of job nosuch")] {
            let none = try await verb("logs", word, "--json")
            #expect(none.code == 66 && none.errors.contains(wanted), "\(none)")
        }
        #expect(try await verb("logs", "small", "--attempt=0").code == 64)
        #expect(try await verb("show", "small", "--attempt=2").code == 66)
    }

    @Test("A run is followed while it writes, until it ends")
    func followed() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("# crond: name=talk\n@reboot echo one; sleep 1; echo two; sleep 1; printf three\n")
            try await service.expect("job started", ["job": "talk"])
            let follower = try await plain.verb("logs", "talk", "-f")
            #expect(follower.code == 0 && follower.out == "one\ntwo\nthree\n", "\(follower)")
            try await service.expect("job finished", ["job": "talk"])
            #expect(try await plain.verb("logs", "talk").out == "one\ntwo\nthree\n")
            #expect(try await plain.verb("logs", "talk", "-f").out == "one\ntwo\nthree\n")
        }
    }

    @Test("What a run of another replica writes is seen within seconds, and followed to its end")
    func elsewhere() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            let text = "# crond: name=talk host=web-0\n@reboot i=0; while [ $i -lt 12 ]; do echo $i; i=$((i+1)); sleep 1; done; echo end\n"
            plain.folder.write("crontab", text)
            let first = try await plain.start(nil, ["--socket", "\(plain.folder.path)/socket-0", "--host", "web-0"], store: redis.url)
            let second = try await plain.start(nil, ["--socket", "\(plain.folder.path)/socket-1", "--host", "web-1"], store: redis.url)
            try await first.expect("job started", ["job": "talk"])
            func verb(_ words: String...) async throws -> Program.Result {
                try await Program.run([Program.crond] + words + ["--socket", "\(plain.folder.path)/socket-1"])
            }
            let run = try #require(first.log("job started").first?["run"])
            try await until("the run is seen") { try await verb("logs", run).out.hasPrefix("0\n") }
            let shown = try await verb("show", run)
            #expect(shown.out.contains("web-0") && shown.out.contains("runs"), "\(shown)")
            let follower = try await verb("logs", run, "-f")
            let wanted = (0..<12).map { "\($0)\n" }.joined() + "end\n"
            #expect(follower.code == 0 && follower.out == wanted, "\(follower)")
            #expect(try await verb("logs", run).out == wanted)
            for service in [first, second] { #expect(try await service.stop() == 0) }
            let past = try await Program.run([Program.crond, "show", run, "--store", redis.url, "--socket", "/nowhere", "--json"])
            #expect(past.code == 0 && past.out.contains("\"host\":\"web-0\""), "\(past)")
        }
    }

    @Test("A setting that is none is an error")
    func settings() async throws {
        for (words, wanted) in [
            (["--keep-output", "65k"], "--keep-output 65k: expected a size from 0 to 64k"),
            (["--keep-output-total", "much"], "--keep-output-total much: expected a size such as 64m or 1g"),
            (["--redact", "A-B"], "--redact A-B: expected names of variables"),
        ] {
            let result = try await Program.run([Program.crond, "run", "/dev/null"] + words)
            #expect(result.code == 78 && result.errors.contains(wanted), "\(result)")
        }
    }
}
