internal import CronTesting
internal import Glibc

// make simulate SEEDS=n FIRST=m: runs scenarios, prints what broke and how often each fault fell where. Each seed is one of several services on one
// ledger; every fourth is another one, too, of one service that has its store to itself.

// ALONE=1 runs only those. TRACE=text prints each line of what happens in the shrunken scenario that has the text in it; WHOLE=1 of the whole one,
// whether it breaks or not.

/// What came of the scenarios so far.
struct Account {
    let trace = getenv("TRACE").map { String(cString: $0) }, isWhole = getenv("WHOLE") != nil
    private(set) var fireTimes = 0, starts = 0, broken = 0, alone = 0
    private(set) var tally = Tally()

    mutating func run(_ scenario: Scenario) {
        let report = Simulation.run(scenario)
        fireTimes += report.fireTimes
        starts += report.starts
        tally += report.tally
        if scenario.isAlone { alone += 1 }
        if isWhole { tell(scenario) }
        guard let violation = report.violation else { return }
        broken += 1
        let shortest = Shrinking.shrink(scenario)
        print("seed \(scenario.seed)\(scenario.isAlone ? ", alone" : ""): \(violation)\n\(shortest)")
        if let same = Simulation.run(shortest).violation, same != violation { print("  breaks it so: \(same)") }
        tell(shortest)
    }

    private func tell(_ scenario: Scenario) {
        guard let trace else { return }
        _ = Simulation.run(scenario) { if $0.contains(trace) { print($0) } }
    }
}

let isAlone = getenv("ALONE") != nil
let words = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let count = words.first ?? 1000, first = words.dropFirst().first ?? 1
var account = Account()
let duration = ContinuousClock().measure {
    for seed in first..<(first + count) {
        if !isAlone { account.run(Scenario(seed: seed)) }
        if isAlone || seed % 4 == 0 { account.run(Scenario(seed: seed, isAlone: true)) }
    }
}
let seconds = max(0.001, Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18)
let rate = Int(Double(account.fireTimes) / seconds)
print("\(count) seeds, \(account.alone) of them alone, too: \(account.fireTimes) fire times (\(rate) a second), \(account.starts) starts")
print("\(account.tally.total) faults; \(account.broken) broken promises")
print(account.tally)
if account.broken > 0 { exit(1) }
