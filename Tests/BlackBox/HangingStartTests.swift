internal import Glibc
internal import Testing

@Suite(
    "Starts that hang hold nobody else up", .enabled(if: getuid() == 0, "only root can switch users"), .serialized, .alone,
    .timeLimit(.minutes(4)))
struct HangingStartTests {
    /// Nobody else's.
    private static let user = "61500:61500"
    private static let tick = "# crond: name=tick every=1s\n@every root echo tick\n"

    private func start(_ plain: Plain, _ table: String, _ arguments: [String] = []) async throws -> Daemon {
        plain.folder.write("crontab", table)
        let command = [Program.crond, "run", plain.table, "--store", "memory:", "--socket", plain.socket] + arguments
        let service = try plain.launch(command, environment: [:], isContained: false)
        try await service.expectReady()
        return service
    }

    private func ticks(_ service: Daemon) -> Int { service.outputs.count { $0 == "tick" } }

    /// The service works while `what` hangs: the other job runs, verbs are answered, and TERM ends it.
    private func expectHealth(_ plain: Plain, _ service: Daemon) async throws {
        let before = ticks(service)
        try await Task.sleep(for: .seconds(4))
        #expect(ticks(service) >= before + 3, "\(service.errors.suffix(2000))")
        let late = service.log("job started", ["job": "tick"]).dropFirst(before).compactMap { Int($0["lateness_ms"] ?? "") }
        #expect(late.allSatisfy { $0 < 500 }, "\(late)")
        let asked = ContinuousClock.now
        #expect(try await plain.verb("status").code == 0)
        #expect(ContinuousClock.now - asked < .seconds(2))
        try service.signal(SIGTERM)
        #expect(try await service.end(within: .seconds(12)) == 0)
        try await eventually("nobody is left", within: .seconds(3)) { plain.survivors.isEmpty }
    }

    @Test(
        "HOME, cwd and SHELL on a file system that does not answer, of root and of another user",
        .enabled(if: HungMount.isPossible, "needs /dev/fuse"))
    func fileSystem() async throws {
        try await Plain.use { plain in
            let folder = try HungMount(in: plain.folder)
            defer { folder.release() }
            let table = """
                # crond: name=cwd every=1s cwd=\(folder.path)
                @every root true
                # crond: name=second every=1s cwd=\(folder.path)/x
                @every root true
                HOME=\(folder.path)
                # crond: name=home every=1s
                @every \(Self.user) true
                HOME=/
                SHELL=\(folder.path)/sh
                # crond: name=shell every=1s
                @every root true

                """
            let service = try await start(plain, Self.tick + table)
            try await expectHealth(plain, service)
            let outcomes = service.log("job finished").filter { $0["job"] != "tick" }.compactMap { $0["outcome"] }
            #expect(!outcomes.isEmpty && outcomes.allSatisfy { $0 == "cancelled" }, "\(outcomes)")
        }
    }

    @Test(
        "A service whose own start hangs on a file system that does not answer ends at TERM, and says why",
        .enabled(if: HungMount.isPossible, "needs /dev/fuse"), arguments: ["store", "secret"])
    func ownStart(what: String) async throws {
        try await Plain.use { plain in
            let folder = try HungMount(in: plain.folder)
            defer { folder.release() }
            plain.folder.write("crontab", Self.tick)
            let service = try plain.launch(
                [Program.crond, "run", plain.table, "--socket", "none"],
                environment: what == "store" ? ["CROND_STORE": "sqlite:\(folder.path)/db"] : ["CROND_STORE_FILE": "\(folder.path)/url"],
                isContained: false)
            try await Task.sleep(for: .milliseconds(500))
            try service.signal(SIGTERM)
            #expect(try await service.end(within: .seconds(8)) == 0)
            #expect(service.errors.contains("ended while it started"), "\(service.errors)")
        }
    }

    @Test(
        "Beyond its grace it is killed and recorded, and when the file system answers again its jobs run",
        .enabled(if: HungMount.isPossible, "needs /dev/fuse"))
    func recovers() async throws {
        try await Plain.use { plain in
            let folder = try HungMount(in: plain.folder)
            let table = "HOME=\(folder.path)\n# crond: name=hung every=1s grace=2s\n@every \(Self.user) echo from $PWD\n"
            let service = try await start(plain, table)
            // A start that waited behind it may be given up first, for a reason of its own.
            try await service.expect(
                "job finished",
                [
                    "outcome": "launchFailed(stalled)",
                    "reason": "the program, HOME, cwd or SHELL is on a file system that does not answer",
                ])
            folder.release()
            try await service.expectOutput("from \(folder.path)")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A user who stops all own processes, again and again, a start between the change of user and the program among them")
    func stopped() async throws {
        try await Plain.use { plain in
            let jobs = (0..<8).map { "# crond: name=u\($0) every=1s\n@every \(Self.user) true\n" }.joined()
            let service = try await start(plain, Self.tick + jobs)
            let words = ["setpriv", "--reuid", "61500", "--regid", "61500", "--clear-groups", "sh", "-c"]
            let stopper = try plain.launch(
                words + ["while :; do kill -STOP -1; done 2> /dev/null"], environment: [:], isContained: false)
            try await Task.sleep(for: .seconds(8))
            stopper.destroy()
            try await expectHealth(plain, service)
        }
    }

    @Test("A service that was stopped for longer than a start may hang has not counted that time", .enabled(if: HungMount.isPossible))
    func pausedService() async throws {
        try await Plain.use { plain in
            let folder = try HungMount(in: plain.folder)
            defer { folder.release() }
            let table = "HOME=\(folder.path)\n# crond: name=hung grace=5s\n@reboot \(Self.user) true\n"
            let service = try await start(plain, table)
            try await Task.sleep(for: .seconds(1))
            try service.signal(SIGSTOP)
            try await Task.sleep(for: .seconds(6))
            try service.signal(SIGCONT)
            try await Task.sleep(for: .seconds(1))
            #expect(service.log("job finished").isEmpty)
            #expect(try await service.stop() == 0)
        }
    }

    @Test(
        "A process that only pretends to be a run is not adopted after a crash", .enabled(if: HungMount.isPossible, "needs /dev/fuse"))
    func forged() async throws {
        try await Plain.use { plain in
            let folder = try HungMount(in: plain.folder)
            plain.folder.write("crontab", "# crond: name=job cwd=\(folder.path)\n@reboot root true\n")
            let command = [Program.crond, "run", plain.table, "--store", plain.store, "--socket", plain.socket]
            let first = try plain.launch(command, environment: [:], isContained: false)
            try await first.expectReady()
            try await Task.sleep(for: .milliseconds(500))
            try first.signal(SIGKILL)
            _ = try await first.end()
            folder.release()
            // Claimed, and no process recorded: its id is easy to guess.
            let ledger = try await Program.run(["sqlite3", "\(plain.folder.path)/store/ledger.db", "SELECT fire FROM run"])
            let run = "job@boot-\(ledger.lines.first ?? "")"
            _ = try plain.launch(
                ["setsid", "sleep", "60"], environment: ["CRON_RUN_ID": run, "CRON_MARK": "0123456789abcdef0123456789abcdef"],
                isContained: false)
            let second = try plain.launch(command, environment: [:], isContained: false)
            try await second.expect("job finished", ["run": run, "outcome": "interrupted"])
            #expect(second.log("adopted a run of the service's last life").isEmpty)
            #expect(try await second.stop() == 0)
        }
    }
}
