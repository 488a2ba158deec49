import Glibc
import Testing

@Suite("Something that is to run once", .serialized, .inPlace, .timeLimit(.minutes(4)))
struct OnceTests {
    private static let table = "# crond: name=never\n59 23 31 12 * true\n"

    @Test(
        "It runs at its time, once, with arguments as they were given, in its directory, with its variables and the table lines' environment"
    )
    func runs() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table)
            let answer = try await plain.verb(
                "at", "+1s", "--name", "greet", "--cwd", "/usr", "--env", "GREETING=hello there", "--", "sh", "-c",
                #"printf '%s|%s|%s|%s\n' "$GREETING" "$PWD" "$CRON_JOB" "$1""#, "sh", "it's $HOME; `x` *")
            #expect(answer.code == 0, "\(answer.errors)")
            #expect(answer.out.hasPrefix("at:greet runs once, today "), "\(answer.out)")
            #expect(answer.out.contains("To look: crond at --list   To cancel: crond at --cancel at:greet"))
            try await service.expectOutput("hello there|/usr|at:greet|it's $HOME; `x` *")
            try await service.expect("job finished", ["job": "at:greet", "outcome": "succeeded"])
            // Its outcome is in the ledger, and it is out of the store; its history stays.
            try await eventually("nothing is pending") { try await plain.verb("at", "--list").out == "Nothing is to run once.\n" }
            let runs = try await Conversation.ask(plain.socket, #"{"crond":1,"ask":"runs","jobs":["at:greet"]}"#)
            #expect(runs.compactMap { $0["run"]?["outcome"]?.text } == ["succeeded"])
            #expect(service.log("job started", ["job": "at:greet"]).count == 1)
            #expect(plain.folder.read("crontab") == Self.table)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("It survives a restart and an edit of the table; one whose time came while nothing ran is caught up with within its grace, once")
    func restart() async throws {
        try await Plain.use { plain in
            let first = try await plain.start(Self.table)
            #expect(try await plain.verb("at", "2090-01-01T00:00:00Z", "--name", "later", "--", "true").code == 0)
            plain.folder.write("crontab", "# crond: name=other\n59 23 31 12 * true\n")
            try await first.expect("table loaded", ["added": "1"])
            #expect(try await plain.verb("at", "+5s", "--name", "soon", "-c", "echo caught-up >> $OUT/soon").code == 0)
            #expect(try await first.stop() == 0)
            try await Task.sleep(for: .seconds(5))
            let second = try await plain.start()
            try await second.expect("job finished", ["job": "at:soon", "outcome": "succeeded"])
            #expect(plain.folder.lines("out/soon") == ["caught-up"])
            try await eventually("only the later one is pending") {
                try await plain.verb("at", "--list", "--json").lines.map { $0.contains("at:later") } == [true]
            }
            #expect(try await plain.verb("table", "restore", "1").code == 0)
            #expect(try await plain.verb("at", "--list", "--json").lines.count == 1)
            #expect(try await second.stop() == 0)
            let third = try await plain.start()
            #expect(try await plain.verb("at", "--list", "--json").lines.count == 1)
            #expect(third.log("job started", ["job": "at:soon"]).isEmpty)
            #expect(try await third.stop() == 0)
        }
    }

    @Test("Cancelled, it never runs; who asked and who cancelled is in the log, the job and the events")
    func cancelled() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table)
            let listener = try Conversation(plain.socket)
            try listener.send(#"{"crond":1,"ask":"events","kinds":["once-added","once-cancelled"]}"#)
            _ = try await listener.next()
            #expect(try await plain.verb("at", "+6s", "--name", "oops", "-c", "echo ran > $OUT/oops").code == 0)
            let listed = try await plain.verb("at", "--list", "--json")
            #expect(listed.out.contains("\"by\":{\"host\":") && listed.out.contains("\"uid\":\(getuid())"), "\(listed.out)")
            #expect(try await plain.verb("at", "--cancel", "oops").out == "cancelled at:oops\n")
            for kind in ["once-added", "once-cancelled"] {
                let event = try await listener.next()?["event"]
                #expect(event?["kind"]?.text == kind)
                #expect(event?["job"]?.text == "at:oops")
                #expect(event?["by"]?["pid"] != nil)
            }
            let line = try await service.expect("a job that runs once was cancelled", ["job": "at:oops"])
            #expect(line["by"]?.hasPrefix("uid \(getuid()), pid ") == true)
            // The same name is free again, for an earlier time, too.
            #expect(try await plain.verb("at", "+1d", "--name", "oops", "--", "true").code == 0)
            #expect(try await plain.verb("at", "--cancel", "at:oops", "--json").out == "{\"cancelled\":\"at:oops\"}\n")
            #expect(try await plain.verb("at", "+6s", "--name", "oops", "-c", "echo again > $OUT/again").code == 0)
            try await service.expect("job finished", ["job": "at:oops"])
            #expect(plain.folder.lines("out/again") == ["again"])
            #expect(plain.folder.lines("out/oops") == [])
            try await eventually("its outcome") { try await plain.verb("runs", "at:oops", "--json").out.contains("succeeded") }
            let gone = try await plain.verb("at", "--cancel", "oops")
            #expect(gone.code == 66 && gone.errors.contains("it ended succeeded"), "\(gone.errors)")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("What cannot be meant is refused, with the right exit code and how to write it")
    func refused() async throws {
        try await Plain.use { plain in
            #expect(try await plain.verb("at", "+1m", "--", "true").code == 69, "no service")
            let service = try await plain.start(Self.table)
            let cases: [(words: [String], code: Int32, says: String)] = [
                (["at"], 64, "expected a time, --list or --cancel ID"), (["at", "+1m"], 64, "expected what to run"),
                (["at", "--", "true"], 64, "expected a time"), (["at", "+1m", "-c", "a", "--", "b"], 64, "exclude each other"),
                (["at", "--list", "--cancel", "a"], 64, "exclude each other"), (["at", "soon", "--", "true"], 64, "this is no time"),
                (["at", "2020-01-01T00:00:00Z", "--", "true"], 65, "has passed"),
                (["at", "2020-01-01 9:00", "--", "true"], 65, "has passed"),
                (["at", "yesterday 9:00", "--", "true"], 65, "has passed"),
                (["at", "14:30 Europe/Berlni", "--", "true"], 64, "Europe/Berlin"),
                (["at", "+1m", "--name", "a b", "--", "true"], 64, "--name a b"),
                (["at", "+1m", "--env", "A", "--", "true"], 64, "NAME=VALUE"),
                (["at", "+1m", "--env", "1A=x", "--", "true"], 64, "begins with no digit"), (["at", "+1m", "-c", " "], 64, "command"),
                (["at", "+1m", "--user", "no-such-user", "--", "true"], 67, "no such user"),
                (["at", "--cancel", "nothing"], 66, "there is no at:nothing"),
                (["at", "+1m", "-c", String(repeating: "x", count: 30_000)], 65, "file"),
            ]
            for (words, code, says) in cases {
                let result = try await Program.run([Program.crond] + words.prefix(1) + ["--socket", plain.socket] + words.dropFirst())
                #expect(result.code == code, "\(words.joined(separator: " ").prefix(80)): \(result.errors)")
                #expect(result.errors.contains(says), "\(words.joined(separator: " ").prefix(80)): \(result.errors)")
            }
            #expect(try await plain.verb("at", "+1h", "--name", "twice", "--", "true").code == 0)
            let twice = try await plain.verb("at", "+2h", "--name", "twice", "--", "true")
            #expect(twice.code == 73 && twice.errors.contains("at:twice is there already"))
            #expect(try await plain.verb("at", "--list", "--json").lines.count == 1)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("As another user it runs only where root asks a service that is root; never as somebody else in their place")
    func users() async throws {
        try Privileges.requireContainers()
        try await Container.use { container in
            try await container.freshRoot(nil)
            container.folder.write("etc/crontab", "59 23 31 12 * root true\n")
            let service = try await container.start()
            let answer = try await container.verb("at", "+1s", "--name", "mail", "--user", "mailer", "-c", "'id -un; id -gn; pwd'")
            #expect(answer.code == 0 && answer.out.contains("as mailer"), "\(answer.out)\(answer.errors)")
            try await service.expectOutput("mailer")
            try await service.expectOutput("/")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A service that is not root takes nothing for another user, whoever asks; for its own it does")
    func withoutRoot() async throws {
        try Privileges.requireRoot()
        try await Plain.use { plain in
            let copy = "\(plain.folder.path)/out/crond", place = "\(plain.folder.path)/out/own"
            try await Program.shell(
                "cp \(Program.crond) \(copy); chmod 755 \(copy); mkdir \(place); echo '59 23 31 12 * true' > \(place)/crontab; chown -R 4321:4321 \(place)"
            )
            let own = ["setpriv", "--reuid", "4321", "--regid", "4321", "--clear-groups", "--inh-caps=-all", copy]
            let service = try plain.launch(
                own + [
                    "run", "\(place)/crontab", "--format", "user", "--store", "sqlite:\(place)/ledger.db", "--socket", "\(place)/socket",
                ],
                environment: [:], isContained: false)
            try await service.expectReady()
            let tail = ["-c", "id -u", "--socket", "\(place)/socket"]
            for user in ["root", "0", "1", "4321:0"] {
                for asker in [own, [copy]] {
                    let result = try await Program.run(asker + ["at", "+1h", "--user", user] + tail)
                    #expect(result.code == 77, "\(user): \(result)")
                }
            }
            #expect(try await Program.run(own + ["at", "+1s", "--user", "4321"] + tail).code == 0)
            try await service.expectOutput("4321")
            #expect(try await service.stop() == 0)
        }
    }
}
