internal import CronTesting
internal import Glibc

// make simulate SEEDS=n FIRST=m: runs scenarios, prints what broke and how often each fault fell where.

let words = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let count = words.first ?? 1000, first = words.dropFirst().first ?? 1
var fireTimes = 0, starts = 0, broken = 0
var tally = Tally()
let seconds = ContinuousClock().measure {
    for seed in first..<(first + count) {
        let scenario = Scenario(seed: seed), report = Simulation.run(scenario)
        fireTimes += report.fireTimes
        starts += report.starts
        tally += report.tally
        guard let violation = report.violation else { continue }
        broken += 1
        print("seed \(seed): \(violation)\n\(Shrinking.shrink(scenario))")
    }
}
let rate = Double(fireTimes) / max(0.001, Double(seconds.components.seconds) + Double(seconds.components.attoseconds) / 1e18)
print("\(count) seeds: \(fireTimes) fire times (\(Int(rate)) a second), \(starts) starts, \(tally.total) faults; \(broken) broken promises")
print(tally)
if broken > 0 { exit(1) }
