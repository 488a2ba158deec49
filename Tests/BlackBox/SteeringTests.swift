import CronJobs
internal import Glibc
internal import Testing

@Suite("Runs that people ask for, and end", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct SteeringTests {
    private static func job(_ name: String, _ command: String, _ directives: String = "") -> String {
        "# crond: name=\(name) \(directives)\n0 0 1 1 * \(command)\n"
    }

    private func trigger(_ plain: Plain, _ words: String...) async throws -> Program.Result {
        try await Program.run([Program.crond, "trigger"] + words + ["--socket", plain.socket])
    }

    /// A verb that goes on: what it says is in `NAME-out` and `NAME-errors` of the test's folder.
    private func begin(_ plain: Plain, _ name: String, _ words: [String], socket: String? = nil) throws -> Program {
        try Program(
            [Program.crond] + words + ["--socket", socket ?? plain.socket], out: "\(plain.folder.path)/\(name)-out",
            errors: "\(plain.folder.path)/\(name)-errors")
    }

    /// The run that a verb or a job named.
    private func run(in text: String) throws -> String {
        guard let word = text.split(whereSeparator: \.isWhitespace).first(where: { $0.contains("@") }) else {
            throw Complaint("no run in \(text)")
        }
        return String(word)
    }

    @Test("A job runs when it is asked for, though it is paused; it says so, and history and events say who asked")
    func trigger() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.job("report", "echo ran $CRON_RUN_ID >> $OUT/ran"))
            #expect(try await plain.verb("pause", "report").code == 0)
            let result = try await trigger(plain, "report")
            #expect(result.code == 0 && result.out.contains(" starts on ") && result.out.contains("report is paused"), "\(result)")
            try await eventually("the run") { !plain.folder.lines("out/ran").isEmpty }
            let run = try run(in: result.out)
            #expect(plain.folder.lines("out/ran") == ["ran \(run)"] && run.hasPrefix("report@") && run.contains("m"))
            let events = try await plain.verb("events", "--kind", "triggered", "--json").lines
            #expect(events.count == 1 && events[0].contains("\"uid\":\(getuid())") && events[0].contains(run), "\(events)")
            let rows = try await plain.verb("runs", "report", "--json")
            #expect(rows.out.contains("\"by\":{") && rows.out.contains("\"uid\":\(getuid())"), "\(rows)")
            let shown = try await plain.verb("show", run)
            #expect(shown.out.contains("asked by") && shown.out.contains("uid \(getuid()), pid "), "\(shown)")
            let history = try await Conversation.ask(plain.socket, #"{"crond":1,"ask":"runs","jobs":["report"]}"#)
            #expect(history.contains { $0["run"]?["run"]?.text == run && $0["run"]?["trigger"]?.text == "manual" }, "\(history)")
            let json = try await trigger(plain, "report", "--json")
            #expect(json.out.contains("\"state\":\"starts\"") && json.out.contains("\"paused\":true"), "\(json)")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("With --wait the exit code is the job's own; signals, timeouts and failed launches have codes of theirs; attempts apply")
    func exitCodes() async throws {
        try await Plain.use { plain in
            let table =
                Self.job("good", "echo said && sleep 1 && echo more") + Self.job("bad", "exit 7") + Self.job("killed", "kill -9 $$")
                + Self.job("late", "exec sleep 60", "timeout=1s")
                + Self.job("again", "echo try $CRON_ATTEMPT; test $CRON_ATTEMPT = 2", "attempts=2 backoff=fixed(2s)")
                + "\nSHELL=/no/such/shell\n"
                + Self.job("unstarted", "true; true")
            let service = try await plain.start(table)
            for (job, code) in [("good", 0), ("bad", 7), ("killed", 137), ("late", 124), ("again", 0)] as [(String, Int32)] {
                let result = try await trigger(plain, job, "--wait")
                #expect(result.code == code && !result.errors.contains("crond:"), "\(job): \(result)")
                if job == "good" { #expect(result.out == "said\nmore\n", "its output is followed: \(result)") }
                if job == "again" { #expect(result.out == "try 1\ntry 2\n", "each attempt's output is shown once: \(result)") }
            }
            let unstarted = try await trigger(plain, "unstarted", "--wait")
            #expect(unstarted.code == 126, "\(unstarted)")
            let json = try await trigger(plain, "bad", "--wait", "--json")
            #expect(json.code == 7 && json.out.contains("\"outcome\":\"failed(exit 7)\"") && json.out.contains("\"exit\":7"), "\(json)")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("overlap holds for it, and 75 says so; --force starts it beside; bad words are refused with the usual codes")
    func refusals() async throws {
        try await Plain.use { plain in
            #expect(try await trigger(plain, "lone").code == 69)
            #expect(try await plain.verb("cancel", "lone@1").code == 69)
            let service = try await plain.start(Self.job("lone", "echo $CRON_RUN_ID >> $OUT/ran; exec sleep 60", "overlap=skip"))
            #expect(try await trigger(plain, "lone").code == 0)
            try await eventually("the run") { plain.folder.lines("out/ran").count == 1 }
            for words in [["lone"], ["lone", "--wait"]] {
                let refused = try await Program.run([Program.crond, "trigger"] + words + ["--socket", plain.socket])
                #expect(
                    refused.code == 75 && refused.errors.contains("crond: lone was not started") && refused.errors.contains("--force"),
                    "\(refused)")
            }
            #expect(try await trigger(plain, "lone", "--force").code == 0)
            try await eventually("a second run") { plain.folder.lines("out/ran").count == 2 }
            let unknown = try await trigger(plain, "lonee")
            #expect(unknown.code == 66 && unknown.errors.contains("did you mean lone?"), "\(unknown)")
            #expect(try await trigger(plain, "lone", "--cancel-on-interrupt").code == 64)
            #expect(try await plain.verb("cancel", "lone").code == 64)
            let never = try await plain.verb("cancel", "lone@12345")
            #expect(never.code == 66 && never.errors.contains("there is no run lone@12345"), "\(never)")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A run is ended wherever it is asked for: cancel waits for its end and says where it ran; a second time it is too late")
    func cancel() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.job("long", "sleep 60 & echo $! > $OUT/child; echo $CRON_RUN_ID >> $OUT/ran; wait"))
            let begun = try await trigger(plain, "long")
            try await eventually("the run") { !plain.folder.lines("out/ran").isEmpty }
            let run = try run(in: begun.out), child = try #require(pid_t(plain.folder.lines("out/child")[0]))
            let result = try await plain.verb("cancel", run)
            #expect(result.code == 0 && result.out.hasPrefix("\(run) cancelled on "), "\(result)")
            try await eventually("its whole group has ended") { kill(child, 0) != 0 }
            let again = try await plain.verb("cancel", run)
            #expect(again.code == 75 && again.errors.contains("has ended already: cancelled"), "\(again)")
            let events = try await plain.verb("events", "--kind", "cancelling", "--json").lines
            #expect(events.count == 1 && events[0].contains("\"uid\":\(getuid())"), "\(events)")
            let shown = try await plain.verb("show", run)
            #expect(shown.out.contains("cancelled by") && shown.out.contains("uid \(getuid()), pid "), "\(shown)")
            #expect(try await service.stop() == 0)
            let past = try await plain.storeVerb("runs", "long", "--json")
            #expect(past.out.contains("\"cancelledBy\":{") && past.out.contains("\"by\":{"), "who asked outlives the service: \(past)")
        }
    }

    @Test("Ctrl-C lets go of a run that goes on; with --cancel-on-interrupt it ends it; a service that is killed meanwhile is 69")
    func interrupting() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.job("long", "echo $CRON_RUN_ID >> $OUT/ran; exec sleep 60"))
            let first = try begin(plain, "first", ["trigger", "long", "--wait"])
            defer { first.destroy() }
            try await eventually("the run") { plain.folder.lines("out/ran").count == 1 && !plain.folder.read("first-errors").isEmpty }
            first.signal(SIGINT)
            #expect(try await first.end() == 130)
            #expect(plain.folder.read("first-errors").contains("goes on; to end it: crond cancel"))
            let second = try begin(plain, "second", ["trigger", "long", "--wait", "--cancel-on-interrupt"])
            defer { second.destroy() }
            try await eventually("a second run") { plain.folder.lines("out/ran").count == 2 && !plain.folder.read("second-errors").isEmpty }
            second.signal(SIGINT)
            #expect(try await second.end() == 143)
            #expect(plain.folder.read("second-errors").contains("cancelled"))
            let status = try await plain.verb("status").out
            #expect(status.contains(plain.folder.lines("out/ran")[0]) && !status.contains(plain.folder.lines("out/ran")[1]), "\(status)")
            let third = try begin(plain, "third", ["trigger", "long", "--wait"])
            defer { third.destroy() }
            try await eventually("a third run") { plain.folder.lines("out/ran").count == 3 && !plain.folder.read("third-errors").isEmpty }
            try service.signal(SIGKILL)
            #expect(try await third.end() == 69)
            #expect(plain.folder.read("third-errors").contains("crond: the service ended"))
        }
    }

    @Test("A job of another host is started there: the answer names the host, --wait follows, and its history says who asked")
    func otherHost() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            try await redis.beKnown()
            let table =
                Self.job("theirs", "echo from $CRON_RUN_ID >> $OUT/ran; echo said; exit 3", "host=two")
                + Self.job("lone", "echo $CRON_RUN_ID >> $OUT/lone; exec sleep 60", "host=two overlap=skip")
                + Self.job("nobody", "true", "host=three") + Self.job("tries", "exit 3", "host=two attempts=2 backoff=fixed(1m)")
            plain.folder.write("crontab", table)
            var services: [Daemon] = []
            for host in ["one", "two"] {
                services.append(
                    try await plain.start(nil, ["--socket", "\(plain.folder.path)/\(host)", "--host", host], store: redis.url))
            }
            let one = "\(plain.folder.path)/one", two = "\(plain.folder.path)/two"
            func ask(_ words: String...) async throws -> Program.Result {
                try await Program.run([Program.crond] + words + ["--socket", one])
            }
            let missing = try await ask("trigger", "nobody")
            #expect(missing.code == 75 && missing.errors.contains("three"), "\(missing)")
            let result = try await ask("trigger", "theirs", "--wait")
            #expect(result.code == 3 && result.errors.contains("goes to two") && result.out == "said\n", "\(result)")
            let run = try run(in: result.errors)
            #expect(plain.folder.lines("out/ran") == ["from \(run)"])
            #expect(!services[1].log("job started", ["run": run]).isEmpty)
            let shown = try await ask("show", run)
            #expect(shown.out.contains("asked by") && shown.out.contains("host one") && shown.out.contains("ran at     two"), "\(shown)")
            // Its overlap holds there, and whoever waits here is told.
            let lone = try await ask("trigger", "lone", "--json")
            #expect(lone.code == 0 && lone.out.contains("\"host\":\"two\"") && lone.out.contains("\"withinMs\":"), "\(lone)")
            try await eventually("the run") { plain.folder.lines("out/lone").count == 1 }
            try await eventually("it is listed as running there") {
                let listed = try await ask("jobs", "lone", "--state", "running").out
                return listed.contains("/crontab:4 (two)") && listed.contains(#/running \w+ \(two\)/#)
            }
            let refused = try await ask("trigger", "lone", "--wait")
            #expect(refused.code == 75 && refused.errors.contains("skipped(overlap)"), "\(refused)")
            // Wherever it is asked for, its end says where it ran.
            let ended = try await ask("cancel", plain.folder.lines("out/lone")[0])
            #expect(ended.code == 0 && ended.out.contains("cancelled on two") && ended.errors.contains("runs on two"), "\(ended)")
            // What waits there for its next attempt does not start either.
            let tries = try self.run(in: try await ask("trigger", "tries").out)
            try await eventually("the first attempt", within: .seconds(20)) {
                try await ask("runs", "tries").out.contains("failed(exit 3)")
            }
            let withdrawn = try await ask("cancel", tries)
            #expect(withdrawn.code == 0 && withdrawn.out.contains("will not start on two"), "\(withdrawn)")
            #expect(try await ask("runs", "tries").out.contains("cancelled"))
            // A host that is stopped before it heard of a run: nobody starts it, and it has its outcome.
            try services[1].signal(SIGSTOP)
            let lost = try await ask("trigger", "theirs", "--wait")
            #expect(lost.code == 69 && lost.errors.contains("undelivered(two did not take it)"), "\(lost)")
            try services[1].signal(SIGCONT)
            let after = try await Program.run([Program.crond, "trigger", "theirs", "--wait", "--socket", two])
            #expect(after.code == 3, "\(after)")
            #expect(plain.folder.lines("out/ran").count == 2)
            for service in services { #expect(try await service.stop() == 0) }
        }
    }

    /// Every verb knows the end of a job's last run, asked once.
    private func expectKnown(_ outcome: String, _ job: String, socket: String) async throws {
        for words in [["runs", job, "--limit", "1"], ["show", job], ["jobs", job]] {
            let answer = try await Program.run([Program.crond] + words + ["--json", "--socket", socket])
            #expect(answer.out.contains("\"outcome\":\"\(outcome)\""), "\(words): \(answer)")
        }
    }

    @Test("Once --wait has ended, whoever asks hears the outcome") func known() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.job("quick", "exit 3"))
            for _ in 0..<5 {
                #expect(try await plain.verb("trigger", "quick", "--wait").code == 3)
                try await expectKnown("failed(exit 3)", "quick", socket: plain.socket)
            }
            #expect(try await service.stop() == 0)
        }
    }

    @Test("Over a Redis the asked replica runs it, and any replica ends it")
    func replicas() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            try await redis.beKnown()
            let table = Self.job("long", "echo $CRON_RUN_ID $$ >> $OUT/ran; exec sleep 60") + Self.job("quick", "exit 3")
            let replicas = try await Replicas(plain, stores: [redis.url, redis.url], table: table)
            let sockets = (0..<2).map { "\(plain.folder.path)/socket-\($0)" }
            for socket in sockets {
                let result = try await Program.run([Program.crond, "trigger", "quick", "--wait", "--socket", socket])
                #expect(result.code == 3, "\(result)")
                try await expectKnown("failed(exit 3)", "quick", socket: socket)
            }
            let begun = try await Program.run([Program.crond, "trigger", "long", "--socket", sockets[0]])
            #expect(begun.code == 0, "\(begun)")
            try await eventually("the run") { !plain.folder.lines("out/ran").isEmpty }
            let waiting = try begin(plain, "waiting", ["cancel", try run(in: begun.out)], socket: sockets[1])
            defer { waiting.destroy() }
            #expect(try await waiting.end() == 0)
            #expect(
                plain.folder.read("waiting-out").contains("cancelled"),
                "\(plain.folder.read("waiting-out")) \(plain.folder.read("waiting-errors"))")
            try await replicas.stop()
        }
    }
}
