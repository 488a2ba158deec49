import CronScheduler
@testable import CronTesting
import Synchronization
import Testing

private struct Report: JobHandler {
    static let name = "report"
    let node: JobSimulation.Node

    func run(_ parameters: Int, in context: RunContext) async throws {
        try await node.stage.sleep(for: .seconds(parameters))
        if context.scheduledAt.seconds % 7 == 0, !context.isLastAttempt { throw StoreError(.full, "no room") }
    }
}

@Suite("A program's own jobs, and everything that goes wrong around them") struct JobSimulationTests {
    private static func simulation(_ options: JobOptions = JobOptions()) -> JobSimulation {
        JobSimulation(lasting: .minutes(30), troubles: 12) { node in
            [Report(node: node)]
        } jobs: { scheduler in
            try await scheduler.add("often", .every(.seconds(20)), Report.self, 15, options: options)
            try await scheduler.add("seldom", .every(.minutes(5)), Report.self, 40)
            try await scheduler.add(
                "patient", .cron("*/3 * * * *"), Report.self, 1,
                options: JobOptions {
                    $0.grace = nil
                    $0.catchUp = .all(limit: 5)
                    $0.retry = RetryPolicy(attempts: 3, backoff: .fixed(.seconds(5)))
                    $0.jitter = .seconds(20)
                })
            try await scheduler.add("closure", .every(.minutes(1))) { _ in }
        }
    }

    private func broken(
        _ simulation: JobSimulation, seed: UInt64, check: (Rehearsal) throws -> Void = { _ in }
    ) async -> BrokenPromise? {
        do { try await simulation.run(seed: seed, check: check) } catch { return error as? BrokenPromise }
        return nil
    }

    @Test("No promise is broken, whatever goes wrong", arguments: UInt64(1)...4)
    func promises(_ seed: UInt64) async throws {
        let report = try await Self.simulation().run(seed: seed)
        #expect(report.starts > 20 && report.troubles.count == 12)
    }

    @Test("Stores that do not hear of each other start twice: noticed, with the seed and a picture")
    func doubled() async throws {
        var simulation = Self.simulation()
        simulation.store = { _, _ in .memory }
        let broken = await broken(simulation, seed: 1)
        #expect(broken?.promise == .oneStart)
        #expect(broken?.description.contains("▶") == true && broken?.troubles.count == 12)
    }

    @Test("A store that confirms outcomes and forgets them is noticed")
    func forgotten() async throws {
        var simulation = Self.simulation()
        simulation.store = { fleet, name in
            fleet.loseOutcomes()
            return fleet.node(name)
        }
        let broken = await broken(simulation, seed: 1)
        #expect(broken.map { [.oneOutcome, .oneStart].contains($0.promise) } == true, "\(broken.map { "\($0)" } ?? "")")
    }

    @Test("A program's own check is told by its name and the seed")
    func own() async throws {
        struct Wrong: Error {}
        let broken = await broken(Self.simulation(), seed: 3) { _ in throw Wrong() }
        #expect(broken?.promise == .own && broken?.seed == 3)
    }

    @Test("The same seed brings the same troubles")
    func repeats() async throws {
        let first = try await Self.simulation().run(seed: 4), second = try await Self.simulation().run(seed: 4)
        #expect(first.troubles == second.troubles)
        #expect(first.troubles != (try await Self.simulation().run(seed: 5)).troubles)
    }
}
