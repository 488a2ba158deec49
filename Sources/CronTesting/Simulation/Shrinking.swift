/// Makes the scenario of a broken promise shorter: steps are left out, half of them at first and single ones in the end, as long as the same
/// promise breaks.
public enum Shrinking {
    public static func shrink(_ scenario: Scenario, mutation: Mutation? = nil) -> Scenario {
        guard let promise = Simulation.run(scenario, mutation: mutation).violation?.promise else { return scenario }
        var shortest = scenario
        var size = max(1, scenario.steps.count / 2)
        while true {
            var start = 0, isShorter = false
            while start < shortest.steps.count {
                var shorter = shortest
                shorter.steps.removeSubrange(start..<min(start + size, shorter.steps.count))
                if Simulation.run(shorter, mutation: mutation).violation?.promise == promise {
                    shortest = shorter
                    isShorter = true
                } else {
                    start += size
                }
            }
            if size == 1, !isShorter { return shortest }
            size = max(1, size / 2)
        }
    }
}
