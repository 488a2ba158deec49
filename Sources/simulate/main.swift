internal import CronTesting
internal import Glibc

// make simulate SEEDS=n FIRST=m: runs scenarios, prints what broke and how often each fault fell where.

// TRACE=text prints each line of what happens in the shrunken scenario that has the text in it; WHOLE=1 of the whole one, whether it breaks or not.

// ALONE=1 runs those of one service on a store of its own.

let isAlone = getenv("ALONE") != nil
let trace = getenv("TRACE").map { String(cString: $0) }
let words = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let count = words.first ?? 1000, first = words.dropFirst().first ?? 1
var fireTimes = 0, starts = 0, broken = 0
var tally = Tally()
let seconds = ContinuousClock().measure {
    for seed in first..<(first + count) {
        let scenario = Scenario(seed: seed, isAlone: isAlone), report = Simulation.run(scenario)
        fireTimes += report.fireTimes
        starts += report.starts
        tally += report.tally
        if let trace, getenv("WHOLE") != nil { _ = Simulation.run(scenario) { if $0.contains(trace) { print($0) } } }
        guard let violation = report.violation else { continue }
        broken += 1
        let shortest = Shrinking.shrink(scenario)
        print("seed \(seed): \(violation)\n\(shortest)")
        if let trace { _ = Simulation.run(shortest) { if $0.contains(trace) { print($0) } } }
    }
}
let rate = Double(fireTimes) / max(0.001, Double(seconds.components.seconds) + Double(seconds.components.attoseconds) / 1e18)
print("\(count) seeds: \(fireTimes) fire times (\(Int(rate)) a second), \(starts) starts, \(tally.total) faults; \(broken) broken promises")
print(tally)
if broken > 0 { exit(1) }
