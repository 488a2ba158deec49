internal import Testing

/// Dispatch to workers under every fault at once.
@Suite struct WorkSimulationTests {
    @Test func everyAttemptStartsOnceAtMostAndHasOneOutcome() {
        var outcomes: [String: Int] = [:]
        for seed in 1...150 as ClosedRange<UInt64> {
            var simulation = WorkSimulation(seed: seed)
            simulation.run()
            #expect(simulation.broken.isEmpty, "seed \(seed): \(simulation.broken.prefix(3))")
            outcomes.merge(simulation.outcomes) { $0 + $1 }
        }
        // It would prove nothing if nothing of it happened.
        for outcome in ["succeeded", "interrupted", "undelivered(expired)", "undelivered(no worker has it)", "undelivered(no queue)"] {
            #expect(outcomes[outcome] ?? 0 > 0, "\(outcome): \(outcomes)")
        }
    }

    @Test(arguments: WorkMutation.allCases.filter { $0 != .none })
    func aMutationIsNoticed(_ mutation: WorkMutation) {
        let isNoticed = (1...60 as ClosedRange<UInt64>).contains { seed in
            var simulation = WorkSimulation(seed: seed, mutation: mutation)
            simulation.run()
            return !simulation.broken.isEmpty
        }
        #expect(isNoticed)
    }
}
