internal import CronExpressions
internal import CronJobs
internal import CronEngine

// Several machines on one model of the shared ledger, in virtual time and one seeded order: no actor, no thread, no clock.
//
//      Scenario ─▶ steps ───────────┐
//      wake-ups, leases, run ends ──┼─▶ Timeline ─▶ one happening at a time ─▶ a node's machine ─▶ its effects
//      requests and replies ────────┘        ▲                                                       │
//                                            └───────────────────── each later, by a throw of dice ──┘
//
// A request, what it does to the ledger, and its reply are three happenings, so a crash, a freeze or a loss falls between any two of them. After
// each the promises are looked at (`Invariants`). The same scenario gives the same run, to the last byte; one with a step less is another run, in
// which the same thing mostly breaks (`Shrinking`).
//
//  Simulation+Effects   what a node does with its machine's effects
//  Simulation+Calls     requests and replies, and what they meet on their way
//  Simulation+Server    the other end
//  Simulation+Runs      the runner
//  Simulation+Orders    who asks for runs, and for their end
//  Simulation+Once      what runs once
//  Simulation+Told      what the machine tells
//  Simulation+Nodes     lives of nodes, the table, and steps of the scenario

/// One run of a scenario.
public struct Simulation {
    public struct Report: Sendable {
        public var violation: Violation?
        /// Fire times that were decided.
        public var fireTimes = 0
        public var starts = 0
        public var tally = Tally()
    }

    enum Happening {
        case wake(node: Int, life: Int, number: Int)
        case arrive(call: Int)
        case answer(call: Int)
        case fail(call: Int)
        case gathered(node: Int, life: Int)
        case lease(node: Int, life: Int)
        case launch(node: Int, life: Int, run: Int)
        case end(node: Int, life: Int, run: Int)
        case load(node: Int, life: Int)
        /// Attempts were claimed ahead, and their time has come.
        case reached(node: Int, life: Int, fiber: Int)
        case released(node: Int, life: Int, batch: Int)
        case orphanEnd(node: Int, begunAt: Int64)
        case lookOnce(node: Int, life: Int)
        case cancelOnce(node: Int, life: Int, JobID)
        case boot(node: Int, life: Int)
        case table(node: Int, life: Int)
        case gone(node: Int, life: Int)
        case step(Int)
        case snapshot(Int)
        case calm
    }

    static let beginning = WallTime(Instant(1_798_761_600))

    let scenario: Scenario
    let mutation: Mutation?
    var dice: Dice
    var time: Int64 = 0
    var timeline = Timeline<Happening>()
    var nodes: [SimulatedNode] = []
    var invariants = Invariants()
    var report = Report()

    // The other end.
    var ledger: ModelLedger
    var server = 1
    var serverSkew: Int64 = 0
    var awayUntil: Int64 = 0
    /// As the ledger was when a step that sets it back wants it.
    var snapshots: [Int: ModelLedger] = [:]

    // The table.
    var table: [Job]
    /// The same as each node has it.
    var tables: [[Job]] = []
    let allJobs: [Job]
    /// Which of all jobs an id means, with or without a host.
    private(set) var places: [JobID: Int] = [:]
    var tableNumber = 1
    var tableSince = Self.beginning.instant
    /// With which revision each job came: there it begins where the ledger knows no better.
    var introduced: [JobID: Instant] = [:]
    /// When each job got the times that it has: none before are its own.
    var rescheduled: [JobID: Instant] = [:]

    /// Hears what happens, a line each.
    let trace: Trace?

    /// Who asked for a run beside whatever goes.
    var forced: Set<UInt32> = []

    var calls: [Int: LedgerCall] = [:]
    var lastNumber = 0

    private init(_ scenario: Scenario, _ mutation: Mutation?, _ trace: Trace?) {
        self.scenario = scenario
        self.trace = trace
        self.mutation = mutation
        dice = Dice(seed: scenario.seed)
        var sharing = ModelLedger.Sharing()
        sharing.keepsOnce = true
        if mutation == .clockAhead { sharing.earliness = nil }
        ledger = ModelLedger(sharing: scenario.isAlone ? nil : sharing)
        allJobs = scenario.makeJobs()
        table = allJobs
        tables = placedTables
        for job in allJobs { introduced[job.id] = tableSince }
        for (place, job) in allJobs.enumerated() {
            places[job.id] = place
            for node in 0..<scenario.nodes { places[job.id.on(host: Scenario.host(node))] = place }
        }
        for job in allPlaced { invariants.begins(job.id, after: tableSince) }
        for place in 0..<scenario.nodes {
            nodes.append(
                SimulatedNode(
                    place: place, wallSkew: scenario.isAlone ? 0 : dice.number(-7_200_000_000_000...7_200_000_000_000),
                    monotonicSkew: dice.number(0...1_000_000_000_000)))
            timeline.add(.boot(node: place, life: 0), at: dice.number(0...3_000_000_000))
        }
        for (place, step) in scenario.steps.enumerated() {
            timeline.add(.step(place), at: step.at * 1_000_000)
            if case .storeSetBack(let back) = step.fault { timeline.add(.snapshot(place), at: max(0, step.at - back) * 1_000_000) }
        }
        timeline.add(.calm, at: scenario.seconds * 1_000_000_000)
    }

    /// Hears of one thing that happened: when, to whom, and what.
    public typealias Trace = (String) -> Void

    /// Runs a scenario to its end, or to the first promise that is broken.
    ///
    /// - Parameter trace: hears what happens, for who looks for a reason.
    public static func run(_ scenario: Scenario, mutation: Mutation? = nil, trace: Trace? = nil) -> Report {
        var simulation = Simulation(scenario, mutation, trace)
        simulation.run()
        return simulation.report
    }

    private mutating func run() {
        let end = (scenario.seconds + Scenario.calmSeconds) * 1_000_000_000
        while let entry = timeline.next(), entry.time <= end, invariants.violation == nil {
            time = entry.time
            invariants.time = time
            happen(entry.happening)
        }
        time = end
        if invariants.violation == nil { settle() }
        report.violation = invariants.violation
        report.starts = invariants.starts
    }

    private mutating func settle() {
        let running = nodes.flatMap { node in
            node.runs.values.map { ModelNode.Name(run: $0.attempt.run, attempt: $0.attempt.number) } + node.waiting.keys
                + node.orphans.keys
        }
        invariants.settle(ledger, allPlaced, now: serverClock, running: Set(running))
    }

    // MARK: The table

    var placedTables: [[Job]] {
        (0..<scenario.nodes).map { node in table.compactMap { $0.placed(on: Scenario.host(node)) } }
    }

    /// The jobs of all hosts.
    private var allPlaced: [Job] { Dictionary(tables.joined().map { ($0.id, $0) }) { job, _ in job }.values.sorted { $0.id < $1.id } }

    /// A job as the scenario had it in the beginning.
    func original(_ id: JobID) -> Job? { places[id].map { allJobs[$0] } }

    /// The ledger's clock; that of a service's own store is the service's.
    var serverClock: WallTime { clock(serverSkew) }

    /// What a clock that is off by so much shows.
    func clock(_ skew: Int64) -> WallTime { WallTime(nanoseconds: time &+ skew &+ Self.beginning.nanoseconds) }

    mutating func newNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }

    /// What comes after a while.
    mutating func add(_ happening: Happening, after delay: Int64) { timeline.add(happening, at: time &+ delay) }

    // MARK: What happens

    private mutating func happen(_ happening: Happening) {
        if let (node, life) = owner(of: happening) {
            guard nodes[node].life == life else { return forget(happening) }
            // A frozen node hears of it when it thaws.
            guard nodes[node].frozenUntil <= time else { return timeline.add(happening, at: nodes[node].frozenUntil) }
        }
        switch happening {
        case .wake(let node, _, let number):
            if nodes[node].wakeNumber == number { look(node) }
        case .arrive(let call): arrive(call)
        case .answer(let call): takeAnswer(call)
        case .fail(let call): takeFailure(call)
        case .gathered(let node, _): tell(node, .answered(.outcomesGathered))
        case .lease(let node, _): keepLease(node)
        case .launch(let node, _, let run): launch(node, run)
        case .end(let node, _, let run): end(node, run)
        case .load(let node, _): readLoad(node)
        case .reached(let node, _, let fiber): reach(node, fiber)
        case .released(let node, _, let batch): release(batch, node)
        case .orphanEnd(let node, let begunAt): nodes[node].orphans = nodes[node].orphans.filter { $0.value.begunAt != begunAt }
        case .lookOnce(let node, _): lookOnce(node)
        case .cancelOnce(let node, _, let job): cancelOnce(job, node)
        case .boot(let node, _): boot(node)
        case .table(let node, _): follow(node)
        case .gone(let node, _): leave(node)
        case .step(let place): strike(scenario.steps[place].fault, place)
        case .snapshot(let place): snapshots[place] = ledger
        case .calm: calmDown()
        }
    }

    /// Whose it is: it is not heard of after its life, nor while it is frozen.
    private func owner(of happening: Happening) -> (Int, Int)? {
        switch happening {
        case .wake(let node, let life, _), .gathered(let node, let life), .lease(let node, let life), .launch(let node, let life, _),
            .end(let node, let life, _), .load(let node, let life),
            .reached(let node, let life, _), .released(let node, let life, _), .boot(let node, let life), .table(let node, let life),
            .lookOnce(let node, let life),
            .cancelOnce(let node, let life, _),
            .gone(let node, let life):
            (node, life)
        case .answer(let call), .fail(let call): calls[call].map { ($0.node, $0.life) }
        case .arrive, .orphanEnd, .step, .snapshot, .calm: nil
        }
    }

    private mutating func forget(_ happening: Happening) {
        switch happening {
        case .answer(let call), .fail(let call): calls[call] = nil
        default: break
        }
    }
}

extension Job {
    /// The job as it runs on a host; nil where it is another's.
    fileprivate func placed(on host: String) -> Job? {
        let policy = policies.values.host
        guard policy.includes(host: host) else { return nil }
        guard policy == .all else { return self }
        var job = self
        job.id = id.on(host: host)
        return job
    }
}
