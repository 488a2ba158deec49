import CronTesting
import Testing

@Suite("Several machines, one ledger, and everything that goes wrong") struct SimulationTests {
    // Each `make simulate` runs hundreds, in an optimised build.
    @Test("No promise is broken, whatever happens in whatever order", arguments: [1, 2, 3, 4] as [UInt64])
    func promises(_ seed: UInt64) {
        guard let violation = Simulation.run(Scenario(seed: seed)).violation else { return }
        Issue.record("seed \(seed): \(violation)\n\(Shrinking.shrink(Scenario(seed: seed)))")
    }

    @Test("Nor by a service that has its store to itself, claims ahead of time and adopts what it finds", arguments: [1, 2] as [UInt64])
    func alone(_ seed: UInt64) {
        let scenario = Scenario(seed: seed, isAlone: true)
        guard let violation = Simulation.run(scenario).violation else { return }
        Issue.record("seed \(seed), alone: \(violation)\n\(Shrinking.shrink(scenario))")
    }

    @Test("A server's clock that is set back between a claim and its start makes no start early", arguments: [3, 11] as [Int64])
    func clockSetBackBetweenClaimAndStart(_ milliseconds: Int64) {
        // Fire times are whole seconds of a clock that is 617 ms ahead from then on.
        for second in Int64(60)..<63 {
            let scenario = Scenario(
                seed: 915,
                steps: [
                    .init(at: 35_393, .storeClock(milliseconds: 617)),
                    .init(at: second * 1000 + 383 + milliseconds, .storeClock(milliseconds: -8206)),
                ])
            #expect(Simulation.run(scenario).violation == nil)
        }
    }

    @Test("What happened to a run can be read line by line")
    func trace() {
        var lines: [String] = []
        _ = Simulation.run(Scenario(seed: 1, steps: [.init(at: 60_000, .crash(node: 0, .start, .after))])) { lines.append($0) }
        #expect(lines.contains { $0.hasSuffix("meets crash(node: 0, .start, .after)") })
        for word in ["boots", "claims", "starts", "reports", "finishes", "renews"] {
            #expect(lines.contains { $0.contains(" \(word)") }, "\(word)")
        }
    }

    // All of them before each `make simulate`, where an optimised build has them in seconds.
    @Test(
        "A broken promise is noticed, when the machinery has a fault that breaks it",
        arguments: [.winsTwice, .startsAhead, .losesOutcomes, .ignoresPauses] as [Mutation])
    func mutations(_ mutation: Mutation) {
        #expect(mutation.isNoticed(within: 60), "\(mutation) breaks \(mutation.promise)")
    }

    @Test("A scenario has three nodes, twenty jobs, five hundred fire times and ten faults")
    func size() {
        for seed in UInt64(1)...5 {
            let scenario = Scenario(seed: seed), report = Simulation.run(scenario)
            #expect(scenario.nodes >= 3 && scenario.jobs >= 20 && scenario.steps.count >= 10)
            #expect(report.fireTimes >= 500, "seed \(seed): \(report.fireTimes)")
        }
    }

    @Test("The same scenario gives the same run, to the last line", arguments: [7, 20, 655] as [UInt64])
    func repeats(_ seed: UInt64) {
        func lines() -> [String] {
            var lines: [String] = []
            _ = Simulation.run(Scenario(seed: seed)) { lines.append($0) }
            return lines
        }
        let first = lines(), second = lines()
        #expect(first.count > 1000 && first == second)
    }

    @Test("What breaks a promise is found again with fewer steps, and printed as a test")
    func shrinking() throws {
        let scenario = try #require(
            (1...60).lazy.map { Scenario(seed: $0) }.first {
                Simulation.run($0, mutation: .skipsGate).violation?.promise == .takenStaysAway
            })
        let short = Shrinking.shrink(scenario, mutation: .skipsGate)
        #expect(short.steps.count < scenario.steps.count)
        #expect(Simulation.run(short, mutation: .skipsGate).violation?.promise == .takenStaysAway)
        #expect(short.description.contains("Scenario(seed: \(short.seed), steps: ["))
    }
}
