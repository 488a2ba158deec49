import CLinux
import CronExpressions
import CronJobs
import CronProcesses
import Testing

@Suite(.timeLimit(.minutes(2)))
struct OutcomeTests {
    @Test(
        "Exit codes and signals are the outcome",
        arguments: [
            ("true", .succeeded), ("exit 3", .failed(.exit(3))), ("exit 255", .failed(.exit(255))), ("kill -TERM $$", .failed(.signal(15))),
            ("kill -KILL $$", .failed(.signal(9))), ("no-such-program-here", .failed(.exit(127))),
        ] as [(String, Outcome)])
    func exits(text: String, outcome: Outcome) async throws {
        let harness = try Harness()
        let finish = try #require(await harness.run(text))
        #expect(finish.outcome == outcome)
        #expect(finish.startedAt != nil)
        #expect(finish.resources != nil)
        #expect(finish.fence == 7)
    }

    @Test("A start is told before the finish, with the process's lasting identity")
    func startIsTold() async throws {
        let harness = try Harness()
        await harness.start([.shell("echo here; sleep 30")])
        let start = try #require(await harness.reporter.starts(1).first)
        // The kernel shows a program's environment a moment after the launcher is let go.
        await harness.sink.wait { !$0.isEmpty }
        let process = try #require(start.process)
        #expect(ProcessTable.identity(of: process.pid) == process)
        #expect(ProcessTable.belongs(process.pid, to: start.run) == true)
        #expect(await harness.runner.runs == [start.run])
        kill(-process.pid, SIGKILL)
        let finish = try #require(await harness.reporter.finishes(1).first)
        #expect(finish.outcome == .failed(.signal(9)))
        #expect(await harness.runner.running == 0)
    }

    @Test("200 exit codes are right while as many orphans come and go")
    func notStolen() async throws {
        let harness = try Harness()
        let attempts = (0..<200).map { Attempt.shell("(sleep 0.01 &) ; exit \($0 % 100)", number: $0) }
        await harness.start(attempts)
        let finishes = await harness.reporter.finishes(200)
        #expect(finishes.count == 200)
        for finish in finishes {
            let index = try #require(attempts.firstIndex { $0.run == finish.run })
            #expect(finish.outcome == (index % 100 == 0 ? .succeeded : .failed(.exit(Int32(index % 100)))))
        }
    }

    @Test("500 runs at once, told in few batches, each once and in order")
    func many() async throws {
        let harness = try Harness()
        await harness.start((0..<500).map { .shell("sleep 0.2", number: $0) })
        let finishes = await harness.reporter.finishes(500)
        #expect(Set(finishes.map(\.run)).count == 500)
        #expect(finishes.allSatisfy { $0.outcome == .succeeded })
        let events = await harness.reporter.events
        #expect(events.count == 1000)
        var started: Set<RunID> = []
        for event in events {
            switch event {
            case .started(let start): started.insert(start.run)
            case .finished(let finish): #expect(started.contains(finish.run))
            }
        }
        #expect(await harness.reporter.calls < 900)
    }

    @Test("Beyond the limit attempts wait, and what waits past its deadline is skipped for load")
    func limit() async throws {
        let harness = try Harness(maximumRunning: 2)
        let gate = Gate(), now = SystemTime().wall
        let soon = now + .milliseconds(100)
        await harness.start([
            .shell("read line < \(gate.path)", number: 0), .shell("read line < \(gate.path)", number: 1),
            .shell("true", number: 2, startDeadline: soon),
            .shell("true", number: 3),
        ])
        #expect(await harness.runner.running == 2)
        _ = await harness.reporter.finishes(1)
        gate.open(2)
        let finishes = await harness.reporter.finishes(4)
        #expect(finishes.first?.run.job == JobID("job-2"))
        #expect(finishes.first?.outcome == .skipped(.load))
        #expect(finishes.first?.startedAt == nil)
        #expect(finishes.dropFirst().allSatisfy { $0.outcome == .succeeded })
    }

    @Test("A launch that fails says at which step, and why")
    func launchFailures() async throws {
        var settings = JobPolicies.Values()
        settings.directory = "/no/such/place"
        let noShell = Variables([.init(name: "SHELL", value: "/no/such/shell")])
        let failures: [(Attempt, stage: String, reason: String)] = [
            (.shell("true", settings: settings), "chdir", "/no/such/place: No such file or directory"),
            (.shell("true", variables: noShell), "exec", "/no/such/shell: No such file or directory"),
            (.shell(String(repeating: "x", count: 131_072)), "exec", "/bin/sh: Argument list too long"),
            (.shell("true\0false"), "command", "the command has a NUL byte: Invalid argument"),
        ]
        for (attempt, stage, reason) in failures {
            let harness = try Harness()
            let finish = await harness.run(attempt)
            #expect(finish?.outcome == .launchFailed(stage: stage))
            #expect(finish?.reason == reason)
            #expect(await harness.reporter.events.starts.isEmpty)
        }
    }

    @Test("An unknown user is a failed launch", .enabled(if: getuid() == 0, "only root can switch users"))
    func unknownUser() async throws {
        let harness = try Harness()
        let finish = await harness.run(.shell("true", user: "no-such-user-here"))
        #expect(finish?.outcome == .launchFailed(stage: "user"))
        #expect(finish?.reason == "there is no user no-such-user-here")
    }

    @Test("Without the capability every job runs as the service's own user, with one warning a name")
    func cannotSwitch() async throws {
        let harness = try Harness { $0.canSwitchUser = false }
        await harness.start([.shell("id -u", number: 0, user: "nobody"), .shell("id -u", number: 1, user: "nobody")])
        #expect(await harness.reporter.finishes(2).allSatisfy { $0.outcome == .succeeded })
        #expect(harness.sink.text(.stdout) == "\(getuid())\n\(getuid())")
        #expect(harness.warnings.all == [.userIgnored(name: "nobody")])
    }

    @Test("Waiting and running attempts can be cancelled")
    func cancel() async throws {
        let harness = try Harness(maximumRunning: 1)
        await harness.start([.shell("sleep 60", number: 0), .shell("true", number: 1)])
        _ = await harness.reporter.starts(1)
        #expect(await harness.runner.cancel([Attempt.shell("", number: 1).run], as: .replaced).count == 1)
        #expect(await harness.runner.cancel([Attempt.shell("", number: 0).run], as: .timedOut).count == 1)
        let finishes = await harness.reporter.finishes(2)
        #expect(finishes.map(\.outcome) == [.replaced, .timedOut])
        #expect(await harness.runner.cancel([Attempt.shell("", number: 0).run], as: .cancelled).isEmpty)
    }
}
