internal import CronTesting
internal import Glibc

// make simulate SEEDS=n FIRST=m: runs scenarios, prints what broke and how often each fault fell where. Each seed is one of several services on one
// ledger; every fourth is another one, too, of one service that has its store to itself. A scenario is the same wherever it runs, so each core has
// its share of them; what broke is shrunken and told in the order of the seeds. Before them it looks whether its eyes are open: each fault of
// `Mutation`, put into the machinery, must be noticed.

// ALONE=1 runs only those. TRACE=text prints each line of what happens in the shrunken scenario that has the text in it; WHOLE=1 of the whole one,
// whether it breaks or not.

/// What a scenario is made of.
struct Seed: Sendable {
    let number: UInt64
    let isAlone: Bool

    var scenario: Scenario { Scenario(seed: number, isAlone: isAlone) }
}

/// What came of scenarios.
struct Account: Sendable {
    private(set) var fireTimes = 0, starts = 0, alone = 0
    private(set) var broken: [Scenario] = []
    private(set) var tally = Tally()

    mutating func run(_ scenario: Scenario) {
        let report = Simulation.run(scenario)
        fireTimes += report.fireTimes
        starts += report.starts
        tally += report.tally
        if scenario.isAlone { alone += 1 }
        if report.violation != nil { broken.append(scenario) }
    }

    static func += (sum: inout Account, other: Account) {
        sum.fireTimes += other.fireTimes
        sum.starts += other.starts
        sum.alone += other.alone
        sum.broken += other.broken
        sum.tally += other.tally
    }
}

/// Tells what people want to see of a scenario.
struct Telling {
    private let trace = getenv("TRACE").map { String(cString: $0) }
    let isWhole = getenv("WHOLE") != nil

    func tell(_ scenario: Scenario) {
        guard let trace else { return }
        _ = Simulation.run(scenario) { if $0.contains(trace) { print($0) } }
    }

    func tell(broken scenario: Scenario) {
        guard let violation = Simulation.run(scenario).violation else { return }
        let shortest = Shrinking.shrink(scenario)
        print("seed \(scenario.seed)\(scenario.isAlone ? ", alone" : ""): \(violation)\n\(shortest)")
        if let same = Simulation.run(shortest).violation, same != violation { print("  breaks it so: \(same)") }
        tell(shortest)
    }
}

/// Each core has its share.
func account(of seeds: [Seed]) async -> Account {
    let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    return await withTaskGroup(of: Account.self) { group in
        for core in 0..<cores {
            group.addTask {
                var account = Account()
                for index in stride(from: core, to: seeds.count, by: cores) { account.run(seeds[index].scenario) }
                return account
            }
        }
        return await group.reduce(into: Account()) { $0 += $1 }
    }
}

/// Those that break their promise in none of the first scenarios: a simulation that does not notice them proves nothing.
func unnoticed() async -> [Mutation] {
    await withTaskGroup(of: Mutation?.self) { group in
        for mutation in Mutation.allCases { group.addTask { mutation.isNoticed(within: 60) ? nil : mutation } }
        return await group.reduce(into: []) { if let mutation = $1 { $0.append(mutation) } }
    }
}

let isAlone = getenv("ALONE") != nil
let words = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let count = words.first ?? 1000, first = words.dropFirst().first ?? 1
let seeds: [Seed] = (first..<(first + count)).flatMap { number in
    (isAlone ? [] : [Seed(number: number, isAlone: false)]) + (isAlone || number % 4 == 0 ? [Seed(number: number, isAlone: true)] : [])
}
let telling = Telling()
if telling.isWhole { for seed in seeds { telling.tell(seed.scenario) } }
let missed = await unnoticed()
print("\(Mutation.allCases.count - missed.count) of \(Mutation.allCases.count) faults of the machinery noticed")
for mutation in missed { print("not noticed: \(mutation), which breaks \(mutation.promise)") }
var sum = Account()
let length = await ContinuousClock().measure { sum = await account(of: seeds) }
for scenario in sum.broken.sorted(by: { $0.seed < $1.seed }) { telling.tell(broken: scenario) }
let seconds = max(0.001, Double(length.components.seconds) + Double(length.components.attoseconds) / 1e18)
let rate = Int(Double(sum.fireTimes) / seconds)
print("\(count) seeds, \(sum.alone) of them alone, too: \(sum.fireTimes) fire times (\(rate) a second), \(sum.starts) starts")
print("\(sum.tally.total) faults; \(sum.broken.count) broken promises")
print(sum.tally)
if !sum.broken.isEmpty || !missed.isEmpty { exit(1) }
