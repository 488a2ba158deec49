internal import Glibc
internal import Testing

@Suite("Ending the service", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct EndingTests {
    /// The table of a job that does not end by itself, with a grandchild that ignores TERM and holds no pipe.
    private static let stubborn = """
        # crond: name=stubborn
        @reboot trap 'echo got TERM; exit 3' TERM; (trap '' TERM HUP; exec >/dev/null 2>&1; while :; do sleep 0.1; done) & echo up; while :; do sleep 0.1; done

        """

    @Test("TERM with a job of three seconds: it may end, then the exit code is 0")
    func drains() async throws {
        try await Container.use { container in
            try await container.freshRoot("# crond: name=slow\n@reboot root echo begun; sleep 3; echo ended; exit 7\n")
            let service = try await container.start()
            try await service.expectOutput("begun")
            #expect(try await service.stop(within: .seconds(10)) == 0)
            #expect(service.outputs.contains("ended"))
            #expect(service.log("job finished", ["job": "slow", "exit": "7"]).count == 1)
        }
    }

    @Test("While it drains, nothing new is started")
    func startsNothing() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(
                Plain.seconds + "# crond: name=tick\n* * * * * ? echo tick\n# crond: name=slow\n@reboot echo up; sleep 4\n")
            try await service.expectOutput("tick")
            try await service.expectOutput("up")
            try service.signal(SIGTERM)
            let stopping = try await service.expect("stopping: nothing new is started")
            #expect(try await service.end() == 0)
            let time = try #require(stopping["time"])
            let later = service.log("job started").filter { ($0["time"] ?? "") > time }
            #expect(later.isEmpty, "\(later)")
        }
    }

    @Test("INT and QUIT end it like TERM", arguments: [SIGINT, SIGQUIT])
    func otherSignals(_ number: Int32) async throws {
        try await Container.use { container in
            try await container.freshRoot("@reboot root echo up\n")
            let service = try await container.start()
            try await service.expectOutput("up")
            try service.signal(number)
            #expect(try await service.end(within: .seconds(10)) == 0)
        }
    }

    @Test("After --drain the whole group gets TERM, then KILL; nothing survives, not even a grandchild that ignores TERM")
    func kills() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.stubborn, ["--drain", "1s", "--kill-after", "1s"])
            try await service.expectOutput("up")
            let clock = ContinuousClock()
            let began = clock.now
            #expect(try await service.stop(within: .seconds(9)) == 0)
            #expect(clock.now - began > .milliseconds(900), "it was given its second")
            #expect(service.outputs.contains("got TERM"))
            try await eventually("nobody is left", within: .seconds(3)) { plain.survivors.isEmpty }
            #expect(service.log("job finished", ["job": "stubborn"]).count == 1)
        }
    }

    @Test("A leader that ignores TERM is killed, too, and the exit code is 0")
    func killsLeader() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(
                "# crond: name=deaf\n@reboot trap '' TERM; echo up; while :; do sleep 0.1; done\n", ["--drain", "0s", "--kill-after", "1s"])
            try await service.expectOutput("up")
            #expect(try await service.stop(within: .seconds(10)) == 0)
            try await eventually("nobody is left", within: .seconds(3)) { plain.survivors.isEmpty }
            let finished = try #require(service.log("job finished", ["job": "deaf"]).first)
            #expect(finished["signal"] == "9" || finished["outcome"] == "cancelled" || finished["outcome"] == "interrupted", "\(finished)")
        }
    }

    @Test(
        "TERM while the service begins: what it starts no more, and what it has started, is ended with it", arguments: [50, 150, 250, 350])
    func duringTheStart(_ milliseconds: Int) async throws {
        try await Plain.use { plain in
            let lines = String(repeating: "0 0 29 2 * true\n", count: 50_000)
            let service = try await plain.start(
                "# crond: name=early\n@reboot exec sleep 777\n" + lines, ["--drain", "0s", "--kill-after", "1s"], waits: false)
            // Before its first lines it would die of the signal.
            let status = Folder(path: "/proc/\(service.pid)")
            try await eventually("a start that holds TERM") { Self.holdsTERM(status.read("status")) }
            try await Task.sleep(for: .milliseconds(milliseconds))
            try service.signal(SIGTERM)
            #expect(try await service.end(within: .seconds(9)) == 0)
            try await eventually("nobody is left", within: .seconds(3)) { plain.survivors.isEmpty }
            let started = service.log("job started", ["job": "early"]), finished = service.log("job finished", ["job": "early"])
            // What was claimed and had not started yet is cancelled, too.
            #expect(started.count == finished.count || finished.map { $0["outcome"] } == ["cancelled"], "\(started) \(finished)")
        }
    }

    @Test("A second TERM does not wait for the jobs")
    func secondSignal() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("@reboot echo up; sleep 50\n", ["--drain", "60s", "--kill-after", "1s"])
            try await service.expectOutput("up")
            try service.signal(SIGTERM)
            try await service.expect("stopping: nothing new is started")
            try service.signal(SIGTERM)
            #expect(try await service.end(within: .seconds(10)) == 0)
            try await eventually("nobody is left", within: .seconds(3)) { plain.survivors.isEmpty }
        }
    }

    @Test("A run that ended by itself leaves its background processes alone")
    func backgroundProcesses() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("# crond: name=parent\n@reboot (sleep 1.5; echo from behind) & echo in front\n")
            let finished = try await service.expect("job finished", ["job": "parent"])
            #expect(finished["exit"] == "0")
            let late = try await service.expect("output", ["text": "from behind"])
            #expect(late["late"] == "true")
        }
    }

    @Test("As PID 1, fifty orphans leave no zombie")
    func orphans() async throws {
        try await Container.use { container in
            try await container.freshRoot(
                "# crond: name=parent\n@reboot root i=0; while [ $i -lt 50 ]; do (sleep 0.$((i \\% 7)) &); i=$((i + 1)); done; echo made\n")
            let service = try await container.start()
            try await service.expectOutput("made")
            try await service.expect("job finished", ["job": "parent", "exit": "0"])
            var states = ["?"]
            for _ in 0..<50 where !states.isEmpty {
                states = try await container.otherStates(in: service)
                if !states.isEmpty { try await Task.sleep(for: .milliseconds(100)) }
            }
            #expect(states.isEmpty, "no process is left, dead or alive")
            #expect(service.log("job finished", ["job": "parent", "exit": "0"]).count == 1)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("Two hundred runs report their own exit codes, with orphans all around", arguments: [true, false])
    func exitCodes(isPID1: Bool) async throws {
        let user = isPID1 ? "root " : ""
        let table = (0..<200).map { "# crond: name=code-\($0)\n@reboot \(user)(sleep 0.0\($0 % 10) &); (exit 99) & exit \($0)\n" }.joined()
        func check(_ service: Daemon) async throws {
            try await eventually("200 finished runs", within: .seconds(30)) { service.log("job finished").count >= 200 }
            let codes = service.log("job finished").map { "\($0["job"] ?? "") \($0["exit"] ?? "")" }
            #expect(codes.sorted() == (0..<200).map { "code-\($0) \($0)" }.sorted())
        }
        if isPID1 {
            try await Container.use { container in
                try await container.freshRoot(table)
                try await check(try await container.start())
            }
        } else {
            try await Plain.use { plain in try await check(try await plain.start(table)) }
        }
    }

    @Test("A job that a signal ends is reported with the signal")
    func signalOfJob() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("# crond: name=shot\n@reboot kill -KILL $$\n")
            let finished = try await service.expect("job finished", ["job": "shot"])
            #expect(finished["signal"] == "9")
            #expect(finished["outcome"] == "failed(signal 9)")
        }
    }

    @Test("TERM in the first moments of a start ends it with 0")
    func early() async throws {
        try await Plain.use { plain in
            for _ in 0..<10 {
                let service = try await plain.start("@reboot true\n", waits: false)
                // Before its first lines nobody can hold a signal: the loader is still at work.
                let status = Folder(path: "/proc/\(service.pid)")
                while service.isRunning, !Self.holdsTERM(status.read("status")) { await Task.yield() }
                #expect(try await service.stop() == 0)
            }
        }
    }

    private static func holdsTERM(_ status: String) -> Bool {
        let line = status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }
        let mask = line.flatMap { UInt64($0.dropFirst(7).drop { $0 == "\t" }, radix: 16) } ?? 0
        return mask >> 14 & 1 == 1
    }

    @Test("A second service that waits for the first one's ledger says so at once, and can be stopped")
    func waits() async throws {
        try await Plain.use { plain in
            let first = try await plain.start("@reboot true\n")
            let second = try await plain.start(waits: false)
            let line = try await second.expect("another service holds the ledger; waiting for it", within: .seconds(10))
            #expect(line["path"]?.hasSuffix("/store/ledger.db") == true && line["up_to_ms"] == "30000")
            #expect(try await second.stop() == 0)
            #expect(try await first.stop() == 0)
        }
    }
}
