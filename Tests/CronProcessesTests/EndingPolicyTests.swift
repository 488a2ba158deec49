import CLinux
import CronExpressions
import CronJobs
import CronProcesses
import Testing

@Suite("How a run ends, by its job's policies", .timeLimit(.minutes(2)))
struct EndingPolicyTests {
    private func policies(_ change: (inout JobPolicies.Values) -> Void) -> JobPolicies.Values {
        var values = JobPolicies.Values()
        change(&values)
        return values
    }

    private func printed(_ harness: Harness, _ count: Int) async -> [Int32] {
        await harness.sink.wait { $0.count { Int32($0.text) != nil } >= count }
        return harness.sink.pieces.compactMap { Int32($0.text) }
    }

    // MARK: timeout, kill-after

    @Test("Who ends on TERM when the time is over has timed out, whatever its exit code", arguments: [0, 3])
    func timeout(_ code: Int) async throws {
        let harness = try Harness()
        let limited = policies { $0.timeout = .milliseconds(300) }
        let text = "trap 'exit \(code)' TERM; echo up; while :; do sleep 0.05; done"
        let finish = try #require(await harness.run(.shell(text, settings: limited)))
        #expect(finish.outcome == .timedOut)
        #expect(finish.startedAt.map { finish.at - $0 >= .milliseconds(300) } == true)
    }

    @Test("Who does not gets KILL with all its group: stragglers whose leader is gone, and who holds the pipe")
    func killAfter() async throws {
        let harness = try Harness()
        let limited = policies {
            // Long enough for both to have set their traps.
            $0.timeout = .seconds(3)
            $0.killAfter = .milliseconds(200)
        }
        let text = "(trap '' TERM; sh -c 'echo $$; while :; do sleep 1; done') & trap 'exit 0' TERM; echo $$; wait"
        let finish = try #require(await harness.run(.shell(text, settings: limited)))
        #expect(finish.outcome == .timedOut)
        let processes = await printed(harness, 2)
        #expect(processes.count == 2)
        for process in processes { #expect(!lives(process)) }
    }

    @Test("A run in time is not touched; its timer ends with it")
    func inTime() async throws {
        let harness = try Harness()
        let limited = policies { $0.timeout = .seconds(3600) }
        #expect(await harness.run(.shell("exit 4", settings: limited))?.outcome == .failed(.exit(4)))
        #expect(await harness.runner.running == 0)
    }

    @Test("Who is cancelled first is cancelled, also when its time is over before it has ended")
    func firstCounts() async throws {
        let harness = try Harness()
        let limited = policies {
            $0.timeout = .seconds(4)
            $0.killAfter = .seconds(5)
        }
        await harness.start([.shell("trap '' TERM; while :; do sleep 0.05; done", settings: limited)])
        let start = try #require(await harness.reporter.starts(1).first)
        #expect(await harness.runner.cancel([start.run], as: .replaced) == [start.run])
        #expect(await harness.reporter.finishes(1).first?.outcome == .replaced)
    }

    @Test("The service's end hastens the end of a run that has long after TERM")
    func hastened() async throws {
        let harness = try Harness()
        let limited = policies {
            // Long enough for the trap to be set.
            $0.timeout = .seconds(3)
            $0.killAfter = .seconds(3600)
        }
        let gate = Gate()
        await harness.start([.shell("trap 'echo > \(gate.path)' TERM; while :; do sleep 0.05; done", settings: limited)])
        await gate.wait()
        await harness.runner.stop(patience: .zero, killAfter: .milliseconds(50))
        #expect(await harness.reporter.events.finishes.map(\.outcome) == [.timedOut])
    }

    @Test("What an earlier life started keeps its timeout, from its own start on")
    func adopted() async throws {
        let earlier = try Harness(), later = try Harness()
        let gate = Gate()
        await earlier.start([.shell("sleep 0.2; echo > \(gate.path); sleep 60")])
        let start = try #require(await earlier.reporter.starts(1).first)
        await gate.wait()
        let open = OpenRun(run: start.run, attempt: 1, fence: 9, startedAt: nil, process: start.process)
        let limited = policies { $0.timeout = .milliseconds(150) }
        let job = Attempt.shell("", settings: limited).job
        #expect(await later.runner.adopt(open, of: job, reportingTo: later.reporter))
        #expect(await later.reporter.finishes(1).first?.outcome == .timedOut)
        #expect(await earlier.reporter.finishes(1).first?.outcome == .failed(.signal(15)))
    }

    // MARK: success-codes

    @Test("Exit codes count as the job says; the code itself is told", arguments: [(0, false), (3, true), (4, false)])
    func successCodes(_ code: Int, _ succeeds: Bool) async throws {
        let harness = try Harness()
        let successes = policies { $0.successCodes = ExitCodes([3, 75]) }
        let finish = try #require(await harness.run(.shell("exit \(code)", settings: successes)))
        #expect(finish.outcome == (succeeds ? .succeeded : .failed(.exit(Int32(code)))))
        #expect(finish.exit == Int32(code))
    }

    @Test("A signal is no exit code")
    func signalIsNoCode() async throws {
        let harness = try Harness()
        let successes = policies { $0.successCodes = ExitCodes(0...255) }
        #expect(await harness.run(.shell("kill -TERM $$", settings: successes))?.outcome == .failed(.signal(15)))
    }

    // MARK: linger

    @Test("With linger=kill nothing of a run is left, and its outcome is its own", arguments: [0, 5])
    func linger(_ code: Int) async throws {
        let harness = try Harness()
        let killing = policies {
            $0.linger = .kill
            $0.killAfter = .milliseconds(100)
        }
        let text = "(trap '' TERM; while :; do sleep 1; done) & echo $!; exit \(code)"
        let finish = try #require(await harness.run(.shell(text, settings: killing)))
        #expect(finish.outcome == (code == 0 ? .succeeded : .failed(.exit(5))))
        let process = try #require(await printed(harness, 1).first)
        #expect(!lives(process))
    }

    // MARK: limits

    @Test("Time on a processor that is used up is a signal of its own")
    func processorTime() async throws {
        let harness = try Harness()
        let limited = policies { $0.limits.cpuTime = .seconds(1) }
        #expect(await harness.run(.shell("while :; do :; done", settings: limited))?.outcome == .failed(.signal(SIGXCPU)))
    }

    // MARK: on-stop

    @Test("When the service ends, on-stop=cancel ends at once and finish is waited for")
    func onStop() async throws {
        let harness = try Harness()
        let gate = Gate()
        await harness.start([
            .shell("read line < \(gate.path)", number: 0), .shell("sleep 600", number: 1, settings: policies { $0.onStop = .cancel }),
        ])
        _ = await harness.reporter.starts(2)
        async let stopped: Void = harness.runner.stop(patience: .seconds(60))
        let first = try #require(await harness.reporter.finishes(1).first)
        #expect(first.run.job == JobID("job-1") && first.outcome == .cancelled)
        gate.open(1)
        await stopped
        #expect(await harness.reporter.events.finishes.map(\.outcome) == [.cancelled, .succeeded])
    }

    @Test("on-stop=abandon is left alone: not waited for, not ended, and there for the next life")
    func abandon() async throws {
        let harness = try Harness(), later = try Harness()
        await harness.start([.shell("sleep 600", settings: policies { $0.onStop = .abandon })])
        let start = try #require(await harness.reporter.starts(1).first)
        await harness.runner.stop(patience: .seconds(3600))
        await harness.runner.close()
        #expect(await harness.runner.running == 0)
        #expect(await harness.reporter.events.finishes.isEmpty)
        let process = try #require(start.process)
        #expect(lives(process.pid))
        let open = OpenRun(run: start.run, attempt: 1, fence: 7, startedAt: start.at, process: process)
        #expect(await later.runner.adopt(open, of: nil, reportingTo: later.reporter))
        kill(-process.pid, SIGKILL)
        #expect(await later.reporter.finishes(1).first?.outcome == .unknownAdopted)
        var status: Int32 = 0
        waitpid(process.pid, &status, 0)
    }
}
