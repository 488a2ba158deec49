import CronScheduler
import CronTesting
import Testing

@Suite struct StubbornHandlerTests {
    @Test("A run beyond its timeout is cancelled, and timedOut though it then returns as if nothing had been")
    func timeout() async throws {
        let rehearsal = Rehearsal()
        let scheduler = try await rehearsal.start()
        try await scheduler.add("slow", .at(Rehearsal.beginning + 10), options: JobOptions { $0.timeout = .seconds(20) }) { context in
            #expect(context.timeLeft == .seconds(20))
            try? await rehearsal.sleep(for: .hours(1))
            #expect(Task.isCancelled && context.timeLeft == .zero)
        }
        await rehearsal.advance(by: .seconds(29))
        #expect(rehearsal.runs(of: "slow").isEmpty)
        await rehearsal.advance(by: .seconds(1))
        let run = try #require(rehearsal.runs(of: "slow").first, "\(rehearsal.picture)")
        #expect(run.outcome == .timedOut && run.duration == .seconds(20))
        await scheduler.shutdown()
    }

    @Test("One that ignores its cancellation is timedOut after kill-after, and still counts as running for overlap")
    func overlap() async throws {
        let rehearsal = Rehearsal(), gate = Gate()
        let scheduler = try await rehearsal.start()
        let options = JobOptions {
            $0.timeout = .seconds(20)
            $0.killAfter = .seconds(10)
        }
        try await scheduler.add("stubborn", .every(.minutes(1)), options: options) { _ in await rehearsal.wait(at: gate) }
        await rehearsal.advance(by: .seconds(89))
        #expect(rehearsal.runs(of: "stubborn").isEmpty)
        await rehearsal.advance(by: .seconds(1))
        #expect(rehearsal.runs(of: "stubborn").map(\.outcome) == [.timedOut], "\(rehearsal.picture)")
        await rehearsal.advance(by: .minutes(2))
        #expect(rehearsal.events(.skipped, of: "stubborn").count == 2, "\(rehearsal.picture)")
        #expect(rehearsal.events(.runStarted).count == 1)
        gate.open()
        await rehearsal.rest()
        // It is over now: the next fire time runs.
        await rehearsal.advance(by: .minutes(1))
        #expect(rehearsal.runs(of: "stubborn").map(\.outcome) == [.timedOut, .succeeded], "\(rehearsal.picture)")
        #expect(
            try await scheduler.history(of: "stubborn").map(\.outcome) == [
                .succeeded, .skipped(.overlap), .skipped(.overlap), .timedOut,
            ])
        await scheduler.shutdown()
    }

    @Test("Where runs queue, the next waits for it")
    func queue() async throws {
        let rehearsal = Rehearsal(), gate = Gate()
        let scheduler = try await rehearsal.start()
        let options = JobOptions {
            $0.timeout = .seconds(10)
            $0.killAfter = .seconds(5)
            $0.overlap = .queue(3)
            $0.grace = .minutes(5)
        }
        try await scheduler.add("stubborn", .every(.minutes(1)), options: options) { _ in await rehearsal.wait(at: gate) }
        await rehearsal.advance(by: .seconds(125))
        #expect(rehearsal.events(.runStarted).count == 1, "\(rehearsal.picture)")
        gate.open()
        await rehearsal.rest()
        #expect(rehearsal.runs(of: "stubborn").map(\.outcome) == [.timedOut, .succeeded], "\(rehearsal.picture)")
        await scheduler.shutdown()
    }

    @Test("A shutdown does not wait for ever: kill-after is the most that it gives")
    func shutdown() async throws {
        let rehearsal = Rehearsal(), gate = Gate()
        var configuration = Scheduler.Configuration()
        configuration.killAfter = .seconds(3)
        let scheduler = try await rehearsal.start(configuration: configuration)
        try await scheduler.add("stubborn", .every(.minutes(1))) { _ in await rehearsal.wait(at: gate) }
        await rehearsal.advance(by: .minutes(1))
        let events = scheduler.events(.runCancelled)
        let ending = Task { await scheduler.shutdown(patience: .zero) }
        let cancelled = Task { for await _ in events { break } }
        while await scheduler.isRunning { await Task.yield() }
        // Its end by force is a timer, once it is set.
        while rehearsal.events(.runCancelled).isEmpty {
            rehearsal.clocks.advance(by: .seconds(3))
            await Task.yield()
        }
        await ending.value
        await cancelled.value
        #expect(rehearsal.runs(of: "stubborn").map(\.outcome) == [.cancelled], "\(rehearsal.picture)")
        gate.open()
    }
}
