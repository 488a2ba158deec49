import CronJobs
import CronProcesses
import Testing

/// Jobs that write as fast as they can.
@Suite(.timeLimit(.minutes(2)))
struct BusyOutputTests {
    @Test("Pipes that are full are emptied in turn, a little of each")
    func inTurn() async throws {
        let harness = try Harness()
        harness.sink.setCongested(true)
        // A pipe holds all that a job writes here: once it has said that it is done, its pipe is full.
        let gates = (0..<4).map { _ in Gate() }
        await harness.start(
            (0..<4).map { .shell("yes \($0) | head -n 5000; echo > \(gates[$0].path); sleep 60", number: $0) })
        _ = await harness.reporter.starts(4)
        for gate in gates { await gate.wait() }
        harness.sink.setCongested(false)
        await harness.sink.wait { $0.count >= 20_000 }
        let jobs = harness.sink.pieces.map { $0.run.job.description }
        var longest = 0, length = 0
        // While all have something left, none has more than one visit's lines in a row.
        for (index, job) in jobs.prefix(8000).enumerated() {
            length = index > 0 && jobs[index - 1] == job ? length + 1 : 1
            longest = max(longest, length)
        }
        #expect(longest <= 4 * 64)
        for number in 0..<4 { #expect(jobs.count { $0 == "job-\(number)" } == 5000) }
    }

    @Test("Jobs that write without end hold up neither the outcome nor the output of another")
    func others() async throws {
        let harness = try Harness()
        await harness.start((0..<8).map { .shell("exec yes", number: $0) })
        _ = await harness.reporter.starts(8)
        await harness.sink.wait { $0.count > 1000 }
        await harness.start([.shell("echo here; exit 3", number: 9)])
        let finish = try #require(await harness.reporter.finishes(1).first)
        #expect(finish.outcome == .failed(.exit(3)))
        #expect(finish.tail == Array("here\n".utf8))
        #expect(harness.sink.pieces.contains { $0.text == "here" && !$0.late })
    }

    @Test("What a process left behind writes without end does not hold the outcome")
    func leftBehind() async throws {
        let harness = try Harness()
        let finish = try #require(await harness.run("yes & echo $! >&2; exit 5"))
        #expect(finish.outcome == .failed(.exit(5)))
        await harness.sink.wait { $0.contains { $0.late } }
    }

    @Test("A full pipe of two-byte lines arrives whole before the outcome")
    func fullPipe() async throws {
        let harness = try Harness()
        let finish = try #require(await harness.run("yes | head -c 60000"))
        #expect(finish.outcome == .succeeded)
        #expect(finish.tail.count == 4096)
        await harness.sink.wait { $0.count == 30_000 }
        #expect(harness.sink.pieces.allSatisfy { $0.text == "y" })
    }

    @Test("The end of a long line is no JSON of its own")
    func longJSON() async throws {
        let harness = try Harness()
        var settings = JobPolicies.Values()
        settings.log = .json
        _ = await harness.run(.shell("head -c 16384 /dev/zero | tr '\\0' x; echo '{\"a\":1}'; echo '{\"b\":2}'", settings: settings))
        #expect(harness.sink.pieces.map(\.mode) == [.json, .lines, .json])
    }

    @Test("A turn's share of output has three bounds")
    func budget() {
        func allows(bytes: Int = 0, lines: Int = 0, after wait: Duration = .zero) -> Bool {
            let now = MonotonicTime(nanoseconds: 5)
            var budget = OutputBudget(now: now)
            return budget.spend(bytes: bytes, lines: lines, now: now + wait)
        }
        #expect(allows(bytes: 256 * 1024 - 1, lines: 1999, after: .microseconds(1999)))
        #expect(!allows(bytes: 256 * 1024))
        #expect(!allows(lines: 2000))
        #expect(!allows(after: .milliseconds(2)))
    }
}
