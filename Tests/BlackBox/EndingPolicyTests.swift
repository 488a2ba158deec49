internal import Glibc
internal import Testing

@Suite("How runs end, as their policies say", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct EndingPolicyTests {
    private static let deaf = "trap '' TERM; echo $$ >> $OUT/pids; while :; do sleep 0.1; done"

    @Test("Each way in which a command can end is an outcome of its own")
    func outcomes() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(
                """
                # crond: name=fine
                @reboot true
                # crond: name=fails
                @reboot exit 3
                # crond: name=nearly success-codes=0,3
                @reboot exit 3
                # crond: name=signalled
                @reboot kill -USR1 $$
                # crond: name=polite timeout=1s
                @reboot trap 'exit 0' TERM; while :; do sleep 0.1; done
                # crond: name=deaf timeout=1s kill-after=1s
                @reboot \(Self.deaf)
                # crond: name=busy limit-cpu-time=1s
                @reboot while :; do :; done
                # crond: name=nowhere cwd=/no/such/place
                @reboot true
                # crond: name=leaves linger=kill kill-after=1s
                @reboot (\(Self.deaf)) & until grep -qsx $$ $OUT/pids; do sleep 0.05; done; exit 0
                # crond: name=last on-stop=cancel
                @reboot echo up; sleep 600

                """, ["--drain", "60s"])
            let wanted = [
                "fine": "succeeded", "fails": "failed(exit 3)", "nearly": "succeeded", "signalled": "failed(signal 10)",
                "polite": "timedOut",
                "deaf": "timedOut", "busy": "failed(signal 24)", "nowhere": "launchFailed(chdir)", "leaves": "succeeded",
            ]
            for (job, outcome) in wanted { try await service.expect("job finished", ["job": job, "outcome": outcome]) }
            #expect(service.log("job finished", ["job": "nearly", "exit": "3"]).count == 1)
            #expect(plain.folder.lines("out/pids").count == 2)
            for process in plain.folder.lines("out/pids").compactMap({ pid_t($0) }) { #expect(!plain.survivors.contains(process)) }
            try await service.expectOutput("up")
            #expect(try await service.stop(within: .seconds(10)) == 0)
            #expect(service.log("job finished", ["job": "last", "outcome": "cancelled"]).count == 1)
        }
    }

    @Test("Defaults of the service hold for lines that say nothing; a bad one is named", .timeLimit(.minutes(1)))
    func defaults() async throws {
        try await Plain.use { plain in
            let table = "# crond: name=long\n@reboot sleep 600\n# crond: name=own timeout=none nice=0\n@reboot nice; sleep 2\n"
            let service = try await plain.start(
                table, ["--timeout", "1s", "--job-kill-after", "1s"], environment: ["CROND_NICE": "7", "CROND_TIMEOUT": "600s"])
            try await service.expect("job finished", ["job": "long", "outcome": "timedOut"])
            try await service.expect("job finished", ["job": "own", "outcome": "succeeded"])
            try await service.expectOutput("0")
            #expect(try await service.stop() == 0)
            let bad = try await plain.start(nil, environment: ["CROND_LINGER": "maybe"], waits: false)
            #expect(try await bad.end() == 78)
            #expect(bad.errors.contains("CROND_LINGER=maybe: expected keep or kill"), "\(bad.errors)")
        }
    }

    /// Where a service is killed on the way of a run that lasts too long: while it runs, between TERM and KILL, and about when KILL is sent.
    @Test(
        "Killed at any step of a timeout, the next start ends the run: one outcome", .timeLimit(.minutes(1)),
        arguments: [Duration.milliseconds(300), .milliseconds(1500), .milliseconds(1990), .milliseconds(2030)])
    func killedDuringTimeout(_ moment: Duration) async throws {
        try await Plain.use { plain in
            let table =
                "# crond: name=deaf timeout=1s kill-after=1s\n0 0 29 2 * true\n# crond: name=d timeout=1s kill-after=1s\n@reboot \(Self.deaf)\n"
            let first = try await plain.start(table)
            let started = try await first.expect("job started", ["job": "d"])
            let run = try #require(started["run"])
            try await Task.sleep(for: moment)
            try first.signal(SIGKILL)
            _ = try await first.end()
            let second = try await plain.start(table.replacing("@reboot", with: "0 0 29 2 *"))
            try await eventually("an outcome", within: .seconds(10)) {
                !(first.log("job finished", ["run": run]) + second.log("job finished", ["run": run])).isEmpty
            }
            #expect(try await second.stop() == 0)
            // Where the run was killed by the first life, which had no time to say so, nobody knows why it is gone.
            let outcomes = try await Self.outcomes(plain, of: "d")
            #expect(outcomes == ["timedOut"] || outcomes == ["interrupted"], "\(outcomes)")
            if moment < .seconds(1) { #expect(outcomes == ["timedOut"]) }
            let pids = plain.folder.lines("out/pids").compactMap { pid_t($0) }
            #expect(!pids.isEmpty && Set(pids).isDisjoint(with: plain.survivors))
        }
    }

    @Test(
        "Killed while it cancels what runs at its end, the run has one outcome", .timeLimit(.minutes(1)),
        arguments: [Duration.milliseconds(100), .milliseconds(1100)])
    func killedDuringCancel(_ moment: Duration) async throws {
        try await Plain.use { plain in
            let table = "# crond: name=d on-stop=cancel\n@reboot \(Self.deaf)\n"
            let first = try await plain.start(table, ["--kill-after", "1s"])
            try await first.expect("job started", ["job": "d"])
            try first.signal(SIGTERM)
            try await first.expect("stopping: nothing new is started")
            try await Task.sleep(for: moment)
            _ = try? first.signal(SIGKILL)
            _ = try await first.end()
            let second = try await plain.start(table.replacing("@reboot", with: "0 0 29 2 *"), ["--kill-after", "1s"])
            #expect(try await second.stop() == 0)
            // A life that is killed after it said how the run ended, and before that was written, is not believed: so the rows count.
            let outcomes = try await Self.outcomes(plain, of: "d")
            #expect(outcomes == ["cancelled"] || outcomes == ["interrupted"], "\(outcomes)")
            try await eventually("nobody is left", within: .seconds(3)) { plain.survivors.isEmpty }
        }
    }

    /// The outcomes of a job's rows in the ledger, while no service has it open; empty for one that is open.
    private static func outcomes(_ plain: Plain, of job: String) async throws -> [String] {
        let question = "SELECT ifnull(outcome, '') FROM run WHERE job = '\(job)'"
        return try await Program.run(["sqlite3", "\(plain.folder.path)/store/ledger.db", question]).lines
    }

    /// A folder that looks like a writable control group.
    private static func fakeTree(_ plain: Plain) async throws -> String {
        let path = "\(plain.folder.path)/groups"
        try await Program.shell(
            "mkdir \(path) && cd \(path) && echo cpu memory > cgroup.controllers && : > cgroup.subtree_control && : > cgroup.procs")
        return path
    }

    @Test("A run whose group counts a kill for want of memory is failed(oom)")
    func outOfMemory() async throws {
        try await Plain.use { plain in
            let tree = try await Self.fakeTree(plain)
            let service = try await plain.start(
                "# crond: name=hungry limit-memory=64M limit-cpu=0.5\n"
                    + "@reboot cd \(tree)/crond-run-*; cat memory.max cpu.max; echo oom_kill 1 > memory.events; kill -KILL $$\n",
                ["--cgroup", tree, "--strict"])
            try await service.expectOutput("67108864" + "50000 100000")
            try await service.expect("job finished", ["job": "hungry", "outcome": "failed(oom)"])
        }
    }

    @Test("Without a control group such limits are said not to be kept, and with --strict their lines are bad ones")
    func noControlGroup() async throws {
        try await Plain.use { plain in
            let table = "# crond: name=hungry limit-memory=64M\n@reboot echo up\n"
            let service = try await plain.start(table, ["--cgroup", "/no/such/tree"])
            try await service.expectOutput("up")
            #expect(service.log.contains { $0["limits"]?.contains("/no/such/tree is no group of cgroup v2") == true })
            #expect(try await plain.verb("status").out.contains("limit-memory and limit-cpu are not kept"))
            #expect(try await service.stop() == 0)
            let strict = try await plain.start(nil, ["--cgroup", "/no/such/tree", "--strict"], store: "memory:", waits: false)
            #expect(try await strict.end() == 65)
            #expect(strict.errors.contains("limit-memory= cannot be kept"), "\(strict.errors)")
        }
    }

    @Test("With on-stop=abandon a run outlives the service, and the next start takes it over")
    func abandoned() async throws {
        try await Plain.use { plain in
            let table = "# crond: name=long on-stop=abandon\n@reboot exec >/dev/null 2>&1; while [ ! -e $OUT/go ]; do sleep 0.1; done\n"
            let first = try await plain.start(table, ["--drain", "60s"])
            let run = try #require(try await first.expect("job started", ["job": "long"])["run"])
            #expect(try await first.stop(within: .seconds(5)) == 0)
            #expect(first.log("job finished", ["run": run]).isEmpty)
            let second = try await plain.start(table.replacing("@reboot", with: "0 0 29 2 *"))
            try await second.expect("adopted a run of the service's last life", ["run": run])
            plain.folder.write("out/go", "")
            #expect(try await second.expect("job finished", ["run": run])["outcome"] == "unknown(adopted)")
            #expect(try await second.stop() == 0)
        }
    }
}
