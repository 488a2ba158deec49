import CLinux
import CronExpressions
import CronJobs
import CronProcesses
import Testing

@Suite(.timeLimit(.minutes(2)))
struct StoppingTests {
    /// So many process numbers, once they are printed; a shell may print other things before and between.
    private func printed(_ harness: Harness, _ count: Int) async -> [Int32] {
        await harness.sink.wait { $0.count { Int32($0.text) != nil } >= count }
        return harness.sink.pieces.compactMap { Int32($0.text) }
    }

    @Test("A group is killed with a grandchild that ignores TERM and whose parent is gone")
    func stubbornGrandchild() async throws {
        let harness = try Harness()
        await harness.start([.shell("(trap '' TERM; echo $$; sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1; done') & wait")])
        let processes = await printed(harness, 2)
        #expect(processes.count == 2)
        #expect(await harness.runner.cancel([Attempt.shell("").run], as: .cancelled, killAfter: .milliseconds(100)).count == 1)
        let finish = try #require(await harness.reporter.finishes(1).first)
        #expect(finish.outcome == .cancelled)
        for process in processes { #expect(!lives(process)) }
    }

    @Test("Groups that a shell with job control made are found by session")
    func jobControl() async throws {
        let harness = try Harness()
        await harness.start([.shell("set -m; sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1; done' & wait")])
        let processes = await printed(harness, 1)
        await harness.runner.cancel([Attempt.shell("").run], as: .cancelled, killAfter: .milliseconds(50))
        _ = await harness.reporter.finishes(1)
        #expect(processes.count == 1)
        for process in processes { #expect(!lives(process)) }
    }

    @Test("A finished run leaves its group alone")
    func leftAlone() async throws {
        let harness = try Harness()
        let finish = try #require(await harness.run("sleep 30 & echo $!"))
        #expect(finish.outcome == .succeeded)
        let process = try #require(harness.sink.pieces.compactMap { Int32($0.text) }.first)
        #expect(lives(process))
        kill(process, SIGKILL)
    }

    @Test("stop() waits for what runs, cancels what waits, and starts nothing")
    func patience() async throws {
        let harness = try Harness(maximumRunning: 1)
        let gate = Gate()
        await harness.start([.shell("read line < \(gate.path)", number: 0), .shell("true", number: 1)])
        async let stopped: Void = harness.runner.stop(patience: .seconds(60))
        #expect(await harness.reporter.finishes(1).first?.run.job == JobID("job-1"))
        gate.open(1)
        await stopped
        let finishes = await harness.reporter.events.finishes
        #expect(finishes.map(\.outcome) == [.cancelled, .succeeded])
        await harness.start([.shell("true", number: 2)])
        #expect(await harness.reporter.finishes(3).last?.outcome == .cancelled)
    }

    @Test("stop() ends 50 runs that do not end themselves, some by KILL")
    func stopMany() async throws {
        let harness = try Harness()
        await harness.start((0..<50).map { .shell($0 % 5 == 0 ? "trap '' TERM; while :; do sleep 1; done" : "sleep 60", number: $0) })
        _ = await harness.reporter.starts(50)
        await harness.runner.stop(patience: .milliseconds(10), killAfter: .milliseconds(300))
        let finishes = await harness.reporter.events.finishes
        #expect(finishes.count == 50)
        #expect(finishes.allSatisfy { $0.outcome == .cancelled })
    }

    @Test("stop() without patience ends the wait of an earlier one")
    func stopAtOnce() async throws {
        let harness = try Harness()
        await harness.start([.shell("sleep 600")])
        _ = await harness.reporter.starts(1)
        async let stopped: Void = harness.runner.stop(patience: .seconds(3600))
        await harness.runner.stop(patience: .zero)
        await stopped
        #expect(await harness.reporter.events.finishes.map(\.outcome) == [.cancelled])
    }

    @Test("A process of an earlier life is adopted, watched and told as unknown")
    func adoption() async throws {
        let earlier = try Harness(), later = try Harness()
        await earlier.start([.shell("echo $$; sleep 60")])
        let start = try #require(await earlier.reporter.starts(1).first)
        // Until then its environment may not be there to be read.
        _ = await printed(earlier, 1)
        let open = OpenRun(run: start.run, attempt: 1, fence: 9, startedAt: start.at, process: start.process)
        try #require(await later.runner.adopt(open, of: nil, reportingTo: later.reporter))
        #expect(await later.runner.running == 1)
        var stranger = open
        stranger.process?.startTicks += 1
        #expect(await !earlier.runner.adopt(stranger, of: nil, reportingTo: later.reporter))
        let otherRun = OpenRun(run: Attempt.shell("", number: 9).run, attempt: 1, fence: 9, startedAt: nil, process: open.process)
        let third = try Harness()
        #expect(await !third.runner.adopt(otherRun, of: nil, reportingTo: third.reporter))
        let process = try #require(open.process)
        kill(-process.pid, SIGKILL)
        let finish = try #require(await later.reporter.finishes(1).first)
        #expect(finish.outcome == .unknownAdopted)
        #expect(finish.fence == 9)
    }

    @Test("A process without an environment is told by its start: it may have begun a moment ago, or its program was given none")
    func adoptionWithoutEnvironment() async throws {
        let earlier = try Harness(), later = try Harness()
        await earlier.start([.shell("exec env -i awk 'BEGIN { print 1; fflush(); \"sleep 60\" | getline }'")])
        let start = try #require(await earlier.reporter.starts(1).first)
        _ = await printed(earlier, 1)
        let process = try #require(start.process)
        let open = OpenRun(run: start.run, attempt: 1, fence: 9, startedAt: start.at, process: process)
        var stranger = open
        stranger.process?.startTicks += 1
        #expect(await !later.runner.adopt(stranger, of: nil, reportingTo: later.reporter))
        try #require(await later.runner.adopt(open, of: nil, reportingTo: later.reporter))
        kill(-process.pid, SIGKILL)
        #expect(await later.reporter.finishes(1).first?.outcome == .unknownAdopted)
    }

    @Test("An adopted process counts in stop()")
    func adoptedStops() async throws {
        let earlier = try Harness(), later = try Harness()
        await earlier.start([.shell("sleep 600")])
        let start = try #require(await earlier.reporter.starts(1).first)
        let open = OpenRun(run: start.run, attempt: 1, fence: 9, startedAt: start.at, process: start.process)
        try #require(await later.runner.adopt(open, of: nil, reportingTo: later.reporter))
        await later.runner.stop(patience: .zero, killAfter: .milliseconds(100))
        #expect(await later.reporter.events.finishes.map(\.outcome) == [.cancelled])
        #expect(await earlier.reporter.finishes(1).first?.outcome == .failed(.signal(15)))
    }
}
