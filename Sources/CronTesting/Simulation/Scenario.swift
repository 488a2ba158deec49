internal import CronExpressions
internal import CronJobs

/// What a simulated run begins with and what happens in it. All of it follows from the seed; steps can be taken out.
public struct Scenario: Sendable {
    public struct Step: Hashable, Sendable {
        /// Milliseconds after the beginning.
        public var at: Int64
        public var fault: Fault

        public init(at: Int64, _ fault: Fault) {
            self.at = at
            self.fault = fault
        }
    }

    public let seed: UInt64
    /// One service on a store of its own, which claims ahead of time.
    public let isAlone: Bool
    public var nodes = 3
    public var jobs = 20
    /// How many runs may go at once on a node.
    public var maxRunning: Int?
    /// How long things happen; then all is well for a while, and the account is settled.
    public var seconds: Int64 = 210
    public var steps: [Step]

    /// When all is well for long enough for leases and quarantines to be over.
    static let calmSeconds: Int64 = 150

    /// - Parameter steps: nil for those of the seed.
    public init(seed: UInt64, isAlone: Bool = false, steps: [Step]? = nil) {
        self.seed = seed
        self.isAlone = isAlone
        self.steps = []
        var dice = Dice(seed: seed)
        nodes = isAlone ? 1 : dice.once(in: 4) ? 5 : 3
        maxRunning = dice.pick([nil, nil, 5, 10])
        self.steps = steps ?? makeSteps(&dice)
    }

    // MARK: Steps

    private func makeSteps(_ dice: inout Dice) -> [Step] {
        let count = dice.number(14...40)
        return (0..<count).map { _ in Step(at: dice.number(5_000...(seconds * 1000)), makeFault(&dice)) }.sorted { $0.at < $1.at }
    }

    private func makeFault(_ dice: inout Dice) -> Fault {
        let node = Int(dice.number(0...Int64(nodes - 1))), point = dice.pick(Fault.Point.allCases), side = dice.pick(Fault.Side.allCases)
        let job = Int(dice.number(0...Int64(jobs - 1)))
        switch dice.number(0...42) {
        case 0...3: return .crash(node: node, point, side)
        case 4, 38, 39: return .kill(node: node, point, side)
        case 5...7: return .freeze(node: node, point, side, milliseconds: dice.number(500...60_000))
        case 8...9: return .loseRequest(node: node, point)
        case 10...12: return .loseReply(node: node, point)
        case 13: return .stop(node: node)
        case 14...15: return .cut(node: node, milliseconds: dice.number(500...45_000))
        case 16: return .storeAway(milliseconds: dice.number(500...40_000))
        case 17...18: return .storeSetBack(milliseconds: dice.number(100...30_000))
        case 19: return .storeEmptied
        case 20: return .storeClock(milliseconds: dice.once(in: 8) ? -4 * 3_600_000 : dice.number(-30_000...30_000))
        case 21: return .nodeClock(node: node, milliseconds: dice.number(-5_000_000...5_000_000))
        case 22: return dice.once(in: 2) ? .pause(job: job) : .pauseFor(job: job, milliseconds: dice.number(0...60_000))
        case 23: return .resume(job: job)
        case 24: return dice.once(in: 2) ? .remove(job: job) : .restore(job: job)
        case 25...26: return .reschedule(job: job, every: dice.pick(Self.intervals))
        case 27...30: return .trigger(node: node, job: job, isForced: dice.once(in: 4))
        case 31...34: return .withdraw(node: node, job: job)
        case 35...36: return .busy(node: node, milliseconds: dice.number(1_000...30_000))
        case 40...42:
            let delay = dice.number(0...20_000)
            return .once(
                node: node, milliseconds: delay, cancelledAfter: dice.once(in: 2) ? max(0, delay - dice.number(-1_000...4_000)) : nil)
        default: return .change(job: job)
        }
    }

    // MARK: Jobs

    /// The jobs at the beginning; 3 to 60 seconds between fire times, so that much happens.
    func makeJobs() -> [Job] {
        var dice = Dice(seed: seed ^ 0x5eed)
        return (0..<jobs).map { place in
            guard place > 0, let schedule = IntervalSchedule(every: dice.pick(Self.intervals)) else {
                return Job(id: Self.id(place), timing: .startup, command: Command(text: "true"))
            }
            return Job(
                id: Self.id(place), timing: .other(AnySchedule(schedule)), command: Command(text: "true"),
                policies: JobPolicies(makePolicies(&dice)))
        }
    }

    private static let intervals: [Int64] = [3, 5, 10, 15, 30, 60]

    static func host(_ node: Int) -> String { "h\(node)" }

    static func id(_ place: Int) -> JobID { JobID(derivedFrom: UInt64(place) &+ 1) }

    private func makePolicies(_ dice: inout Dice) -> JobPolicies.Values {
        var values = JobPolicies.Values()
        values.grace = dice.pick([.seconds(60), .seconds(60), .seconds(5), nil])
        values.catchUp = dice.pick([.last, .last, .all(limit: 3), .none])
        values.overlap = dice.pick([.allow, .allow, .allow, .skip, .skip, .queue(1), .queue(3), .replace])
        if values.overlap == .allow, dice.once(in: 4) { values.maxRunning = 2 }
        // What waits for its own runs is refused where each host has but a part of them.
        let hosts = dice.number(0...9), named = HostPolicy.named(Self.host(Int(dice.number(0...Int64(nodes - 1)))))
        if values.overlap.waits { values.host = hosts < 3 ? .all : named } else if hosts < 2 { values.host = hosts < 1 ? .all : named }
        if dice.once(in: 8) { values.loadGate = LoadGate(.cpu, percent: 50, giveUp: .seconds(dice.number(2...20))) }
        if dice.once(in: 4) { values.timeout = .seconds(dice.number(1...6)) }
        values.storeDown = dice.pick([.hold, .hold, .hold, .local, .rank0, .skip])
        if dice.once(in: 3) { values.retry = RetryPolicy(attempts: 3, backoff: .fixed(.seconds(dice.number(1...8)))) }
        if dice.once(in: 5) { values.jitter = Jitter(limit: dice.number(2...8)) }
        return values
    }
}

extension Scenario: CustomStringConvertible {
    /// As a test.
    public var description: String {
        let lines = steps.map { "            .init(at: \($0.at), .\($0.fault))," }.joined(separator: "\n")
        return """
                @Test func seed\(seed)() {
                    let scenario = Scenario(seed: \(seed)\(isAlone ? ", isAlone: true" : ""), steps: [
            \(lines)
                    ])
                    #expect(Simulation.run(scenario).violation == nil)
                }
            """
    }
}
