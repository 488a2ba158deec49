internal import Glibc
internal import Testing

@Suite("Manners of the verbs", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct MannersTests {
    private func run(_ words: String, environment: [String: String] = [:]) async throws -> Program.Result {
        try Program.requireBinary()
        return try await Program.run([Program.crond] + words.split(separator: " ").map(String.init), environment: environment)
    }

    @Test(
        "A misspelt command names the one that was meant, in one line, and only if it is near",
        arguments: [
            ("statu", "unknown command 'statu' (did you mean 'status'?)"), ("chekc x", "unknown command 'chekc' (did you mean 'check'?)"),
            ("table shwo 1", "unknown command 'table shwo' (did you mean 'table show'?)"),
            ("xyzzy", "unknown command 'xyzzy'; commands: run, "), ("help statu", "unknown command 'statu' (did you mean 'status'?)"),
            ("help nosuch", "unknown command 'nosuch'; commands: run, "),
            ("help table nosuch", "unknown command 'table nosuch'; commands: list, "),
            ("--name foo status", "the verb comes first: crond status --name foo"),
            ("--store redis://:hunter2@host jobs --json", "the verb comes first: crond jobs --store … --json"),
        ])
    func commands(_ words: String, _ message: String) async throws {
        let result = try await run(words)
        #expect(result.code == 64 && result.out.isEmpty && result.errors.hasPrefix("crond: \(message)"), "\(result)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    @Test("A mistake in the words of a command is told in two lines, without a screen of usage")
    func usage() async throws {
        for words in [
            "--no-such-option", "run --no-such-option", "check --format foo", "next", "table show", "pause", "explain", "status --store x",
        ] {
            let result = try await run(words)
            let lines = result.errors.split(separator: "\n")
            #expect(result.code == 64 && lines.count == 2 && lines[0].hasPrefix("crond: ") && lines[1].hasSuffix(" --help."), "\(result)")
        }
    }

    @Test(
        "A value that cannot be used is named with what is expected, also one that begins with a dash",
        arguments: [
            ("jobs --limit -1", "--limit -1: expected a number from 1 to 200000"), ("jobs --limit abc", "--limit abc: expected a number"),
            ("runs --limit 99999999999999999999", "--limit 99999999999999999999: expected a number from 1 to 1000000"),
            ("events -n -3", "--number -3: expected a number from 0 to 512"),
            ("logs x --attempt 0", "--attempt 0: expected a number from 1"),
            ("next @daily -n -2", "--number -2: expected a number from 1 to 10000"),
            ("jobs --sort -x", "--sort has no value; one that begins with a dash is written --sort=-x"),
            ("at --cancel a b", "--cancel takes one ID; for several: --cancel a --cancel b"),
        ])
    func values(_ words: String, _ message: String) async throws {
        let result = try await run(words)
        #expect(result.code == 64 && result.errors.hasPrefix("crond: \(message)"), "\(result)")
    }

    @Test(
        "An option that is none has a suggestion only where one of the verb's own is near",
        arguments: [
            ("run --user x", nil), ("run --file x", nil), ("run --log x", nil), ("run --pid x", nil), ("--staus", nil),
            ("jobs --store x", nil),
            ("pause j --for 1h", nil), ("trigger j --store x", nil), ("run -l2 x", nil), ("run --stroe x", "--store"),
            ("--log-levle debug", "--log-level"), ("runs --sinse 2h", "--since"), ("table show 1 --fiel x", "--file"),
        ] as [(String, String?)])
    func unknownOptions(_ words: String, _ near: String?) async throws {
        let result = try await run(words)
        let option = words.split(separator: " ").first { $0.hasPrefix("-") } ?? ""
        let hint = near.map { " (did you mean '\($0)'?)" } ?? ""
        #expect(result.code == 64 && result.errors.hasPrefix("crond: unknown option '\(option)'\(hint)\nSee crond"), "\(result)")
    }

    @Test("An option whose value is empty behind the = is not given, and takes no other word; one without a variable is named")
    func emptyValues() async throws {
        let folder = try Folder.temporary()
        defer { folder.remove() }
        folder.write("table", "0 3 * * * true\n")
        let path = "\(folder.path)/table"
        for option in ["--seed=", "--tz=", "--cgroup=", "--redact=", "--name="] {
            let missing = try await run("run --store memory: --socket none \(option) \(path)-missing")
            #expect(missing.code == 66 && missing.errors.contains("\(path)-missing"), "\(option): \(missing)")
        }
        let check = try await run("check --format user --no-users --store= --tz= \(path)", environment: ["CROND_TZ": "Asia/Tokyo"])
        #expect(check.code == 0 && check.out == "1 entry, 0 errors, 0 warnings\n", "\(check)")
        #expect(try await run("status --socket \(folder.path)/none --name= --json").code == 69)
        for (words, option) in [
            ("runs --since= --limit 3", "--since="), ("next @daily -n= 3", "-n="), ("check --color= \(path)", "--color="),
        ] {
            let result = try await run(words)
            #expect(result.code == 64 && result.errors.hasPrefix("crond: \(option): there is no value behind the =\n"), "\(result)")
        }
    }

    @Test("Without a value CROND_SOCKET is not set, for the verbs as for the service")
    func emptySocket() async throws {
        let folder = try Folder.temporary()
        defer { folder.remove() }
        for verb in ["status", "jobs", "pause x"] {
            let result = try await run(verb, environment: ["CROND_SOCKET": "", "CROND_NAME": "none-such", "XDG_RUNTIME_DIR": folder.path])
            #expect(result.code == 69 && !result.errors.contains("listens on ;") && result.errors.contains("none-such"), "\(result)")
        }
    }

    @Test("A time in the past is written as the verbs advise; a zone that is none is told before an answer")
    func times() async throws {
        try await Plain.use { plain in
            _ = try await plain.start("# crond: name=yearly\n0 3 1 1 * true\n")
            for why in [try await plain.verb("why", "yearly", "-10m"), try await plain.verb("why", "yearly", "-1h", "--json")] {
                #expect(why.code == 0 && why.out.contains("yearly") && why.errors.isEmpty, "\(why)")
            }
            let runs = try await plain.verb("runs", "--since", "-10m")
            #expect(runs.code == 0 && runs.errors.isEmpty, "\(runs)")
            #expect(try await plain.verb("runs", "--limit", "-1").errors.contains("--limit"))
            for verb in ["status", "jobs", "runs"] {
                let result = try await run("\(verb) --socket \(plain.socket)", environment: ["CROND_TZ": "Europe/Berlim"])
                #expect(result.code == 78 && result.out.isEmpty && result.errors.hasPrefix("crond: CROND_TZ=Europe/Berlim: "), "\(result)")
            }
        }
    }

    @Test("version, -V and --version") func version() async throws {
        let version = try await run("version")
        #expect(version.code == 0 && version.out.split(separator: ".").count == 3)
        for words in ["-V", "--version"] { #expect(try await run(words).out == version.out) }
    }

    @Test(
        "A setting that cannot be used is named once, by its option or its variable",
        arguments: [
            ("--drain soon", "CROND_DRAIN=soon"), ("--kill-after soonish", "CROND_KILL_AFTER=soonish"),
            ("--log-format xml", "CROND_LOG_FORMAT=xml"),
            ("--log-level loud", "CROND_LOG_LEVEL=loud"), ("--on-start maybe", "CROND_ON_START=maybe"), ("--name a/b", "CROND_NAME=a/b"),
            ("--host a!b", "CROND_HOST=a!b"), ("--tz Europe/Berlim", "CROND_TZ=Europe/Berlim"),
            ("--seed \(String(repeating: "x", count: 301))", "CROND_SEED=\(String(repeating: "x", count: 301))"),
        ])
    func settings(_ option: String, _ variable: String) async throws {
        let pair = variable.split(separator: "=").map(String.init)
        for (result, label) in [
            (try await run("run \(option)"), option), (try await run("run", environment: [pair[0]: pair[1]]), variable),
        ] {
            #expect(result.code == 78 && result.errors.hasPrefix("crond: \(label): "), "\(result)")
            #expect(result.errors.split(separator: "\n").count == 1 && result.errors.components(of: pair[1]) == 1, "\(result)")
        }
    }

    @Test("A path in place of a store says how to write it; what may be a secret is not shown")
    func stores() async throws {
        for path in ["/var/lib/x.db", "./x", "../x.db", "ledger.sqlite"] {
            #expect(try await run("run --store \(path)").errors == "crond: --store: this is a path: write sqlite:\(path)\n")
            #expect(try await run("run", environment: ["CROND_STORE": path]).errors.hasPrefix("crond: CROND_STORE: this is a path"))
        }
        for home in ["~/x.db", "sqlite:~/x.db"] { #expect(try await run("run --store \(home)").errors.contains("in the place of ~ here")) }
        #expect(try await run("run --store sqlite::memory:").errors == "crond: --store: a store in memory is written memory:\n")
        let secret = try await run("run --store hunter2")
        #expect(secret.code == 78 && !secret.errors.contains("hunter2") && secret.errors.hasPrefix("crond: --store: expected sqlite:PATH"))
    }

    @Test("Colour where it is asked for, and never in a pipe by itself")
    func color() async throws {
        let folder = try Folder.temporary()
        defer { folder.remove() }
        folder.write("table", "61 * * * * root x\n")
        let path = "\(folder.path)/table"
        #expect(try await run("check \(path)").out.contains("\u{1B}") == false)
        #expect(try await run("check --color always \(path)").out.contains("\u{1B}[1;31merror:\u{1B}[0m"))
        let plain = try await run("check \(path)")
        #expect(try await run("check --color never \(path)").out == plain.out)
        #expect(try await run("check --color always --json \(path)").out.contains("\u{1B}") == false)
        #expect(try await run("explain --color always 61").errors.contains("\u{1B}[1;31m"))
    }

    @Test("On a terminal there is colour, unless NO_COLOR is set", .enabled(if: access("/usr/bin/script", X_OK) == 0, "needs script(1)"))
    func terminal() async throws {
        try Program.requireBinary()
        let folder = try Folder.temporary()
        defer { folder.remove() }
        folder.write("table", "61 * * * * root x\n")
        func onTerminal(_ environment: [String: String]) async throws -> String {
            let command = "\(Program.crond) check \(folder.path)/table"
            return try await Program.run(["script", "-qec", command, "/dev/null"], environment: environment).out
        }
        #expect(try await onTerminal(["TERM": "xterm"]).contains("\u{1B}[1;31m"))
        #expect(try await onTerminal(["TERM": "xterm", "NO_COLOR": "1"]).contains("\u{1B}[1;31m") == false)
        #expect(try await onTerminal(["TERM": "dumb"]).contains("\u{1B}[1;31m") == false)
    }

    @Test("pause and resume say what they did, and suggest the job that was meant")
    func pausing() async throws {
        try await Plain.use { plain in
            _ = try await plain.start("# crond: name=nightly-backup\n0 3 * * * true\n")
            let unknown = try await plain.verb("pause", "nightly-bakup")
            #expect(unknown.code == 66 && unknown.errors.contains("no job nightly-bakup (did you mean nightly-backup?)"), "\(unknown)")
            #expect(try await plain.verb("pause", "something-else").errors.contains("did you mean") == false)
            #expect(try await plain.verb("pause", "nightly-backup").out == "paused nightly-backup\n")
            #expect(try await plain.verb("pause", "nightly-backup").out == "nightly-backup was paused already\n")
            #expect(try await plain.verb("status").out.contains("1 job, 0 stale"))
            #expect(try await plain.verb("resume", "nightly-backup").out == "resumed nightly-backup\n")
            #expect(try await plain.verb("resume", "nightly-backup").out == "nightly-backup was not paused\n")
        }
    }

    @Test("A job without a name is shown with its file and line, and one hint says how to name it")
    func unnamed() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(
                "# crond: name=named\n0 3 1 1 * true\n\n@reboot sleep 20; echo a\n@reboot sleep 20; echo a\n", ["--drain", "0s"])
            try await service.expect("job started")
            try await eventually("both runs", within: .seconds(20)) { service.log("job started").count == 2 }
            let status = try await plain.verb("status")
            #expect(status.out.contains("  (\(plain.table):4)\n") && status.out.contains("  (\(plain.table):5)\n"), "\(status.out)")
            #expect(status.lines.filter { $0.contains("# crond: name=NAME") }.count == 1)
            let hint = try await service.expect("jobs without a name are shown by an id derived from their line")
            #expect(hint["remedy"]?.contains("# crond: name=NAME") == true)
        }
    }

    @Test("Log lines show the next time in the job's own zone")
    func zones() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(
                "# crond: name=tokyo tz=Asia/Tokyo\n0 9 1 7 * true\n\n# crond: name=bound tz=Asia/Tokyo after=2027-01-01T00:00:00Z\n0 9 1 7 * true\n",
                environment: ["TZ": "UTC"])
            for name in ["tokyo", "bound"] {
                let line = try await service.expect("job loaded", ["job": name])
                #expect(line["next"]?.hasSuffix("-07-01T09:00:00+09:00") == true, "\(line)")
            }
        }
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of part: String) -> Int {
        var (count, rest) = (0, self[...])
        while !rest.isEmpty {
            if rest.hasPrefix(part) { count += 1 }
            rest = rest.dropFirst()
        }
        return count
    }
}
