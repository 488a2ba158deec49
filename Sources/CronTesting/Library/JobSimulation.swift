public import CronExpressions
public import CronHandlers
internal import CronJobs
public import CronScheduler
internal import Synchronization

// A program's jobs under everything that goes wrong around several processes: what the simulator is to the engine (`Simulation`), for the handlers,
// schedules and options of whoever uses the library. Time is the test's: hours take seconds.
//
//     all nodes start and add the jobs ──▶ troubles come and go, by the seed ──▶ calm ──▶ all nodes end ──▶ were the promises kept?
//
// The same seed brings the same troubles at the same times. What the program's tasks do between two moments is the Swift runtime's to order.

/// Tries a program's own jobs on several processes with one store, of which now and then one is killed, deployed anew or cut off, while the store
/// goes away, the machine stands still and its clock is set.
///
/// ```swift
/// @Test(arguments: UInt64(1)...20) func survives(_ seed: UInt64) async throws {
///     let simulation = JobSimulation { node in
///         [SendReport(mailer: mailer)]
///     } jobs: { scheduler in
///         try await scheduler.add("nightly", .cron("0 3 * * *"), SendReport.self, .init(recipient: "ops@example.org"))
///     }
///     try await simulation.run(seed: seed) { stage in
///         #expect(stage.runs(of: "nightly").count >= 1)
///     }
/// }
/// ```
public struct JobSimulation: Sendable {
    /// A process, for its handlers.
    public struct Node: Sendable {
        /// `a`, and in its second life `a2`.
        public let name: String
        /// A handler that takes time waits by it: `node.stage.sleep(for: .seconds(20))`.
        public let stage: Rehearsal
    }

    /// What came of it.
    public struct Report: Sendable {
        public let stage: Rehearsal
        /// What went wrong, in order.
        public let troubles: [String]
        /// How many runs were started.
        public let starts: Int
    }

    public var nodes: Int
    public var lasting: Duration
    /// How many things go wrong.
    public var troubles: Int
    public var beginning: Instant
    private let handlers: @Sendable (Node) -> Handlers
    private let jobs: @Sendable (Scheduler) async throws -> Void
    /// For tests of what watches over promises.
    package var store: @Sendable (MemoryFleet, String) -> StoreSource = { fleet, name in fleet.node(name) }

    /// - Parameters:
    ///   - lasting: how long things go wrong; afterwards all is well for a few minutes.
    ///   - handlers: those of one process.
    ///   - jobs: what every process does when it has started.
    public init(
        nodes: Int = 3, lasting: Duration = .hours(2), troubles: Int = 20, at beginning: Instant = Rehearsal.beginning,
        handlers: @escaping @Sendable (Node) -> Handlers, jobs: @escaping @Sendable (Scheduler) async throws -> Void
    ) {
        self.nodes = max(1, nodes)
        self.lasting = lasting
        self.troubles = troubles
        self.beginning = beginning
        self.handlers = handlers
        self.jobs = jobs
    }

    /// - Parameter check: looks at the end whether the program's own promises were kept.
    /// - Throws: `BrokenPromise`, with all that is needed to see what happened.
    @discardableResult
    public func run(seed: UInt64, check: (Rehearsal) async throws -> Void = { _ in }) async throws -> Report {
        let stage = SimulatedStage(self, seed: seed)
        try await stage.play()
        if let breach = try await stage.firstBreach() { throw stage.broken(seed, breach.promise, breach.what, breach.job) }
        do { try await check(stage.rehearsal) } catch { throw stage.broken(seed, .own, "\(error)", nil) }
        return Report(
            stage: stage.rehearsal, troubles: stage.steps.map(\.description),
            starts: stage.rehearsal.events(.runStarted).count)
    }

    fileprivate func start(_ node: Node, _ fleet: MemoryFleet) async throws -> Scheduler {
        var configuration = Scheduler.Configuration()
        // What is looked at in the end must still be there.
        configuration.retention.runsPerJob = .max
        configuration.retention.age = .days(3650)
        let scheduler = try await node.stage.start(
            node.name, store: store(fleet, node.name), handlers: handlers(node), configuration: configuration)
        try await jobs(scheduler)
        return scheduler
    }
}

/// The stage of one seed.
private final class SimulatedStage {
    /// A process, or its place while there is none.
    private struct Life {
        var number = 0
        var name = ""
        var scheduler: Scheduler?
        /// It ends by itself.
        var end: Task<Void, Never>?
    }

    /// What is to be done at a time.
    private enum Turn {
        case trouble(JobTrouble)
        case back(node: Int)
        case reached(name: String)
        case storeBack
        case resume(JobID)
    }

    /// How long all is well in the end: leases run out, and whoever waits for them goes on.
    private static let calm = Duration.minutes(8)
    private static let settled = Duration.minutes(3)

    let rehearsal: Rehearsal
    let steps: [JobTrouble.Step]
    private let simulation: JobSimulation
    private let fleet = MemoryFleet()
    private let begun: MonotonicTime
    private var dice: Dice
    private var lives: [Life]
    private var turns: [(at: Duration, turn: Turn)]
    private var known: [JobID: ScheduledJob] = [:]
    private var records: [JobID: [RunRecord]] = [:]
    private var storeFailures = 0

    init(_ simulation: JobSimulation, seed: UInt64) {
        self.simulation = simulation
        rehearsal = Rehearsal(at: simulation.beginning)
        begun = rehearsal.clocks.monotonic
        dice = Dice(seed: seed)
        steps = JobTrouble.steps(&dice, count: simulation.troubles, nodes: simulation.nodes, lasting: simulation.lasting)
        lives = Array(repeating: Life(), count: simulation.nodes)
        turns = steps.map { ($0.at, .trouble($0.trouble)) }
    }

    private var elapsed: Duration { rehearsal.clocks.monotonic - begun }

    // MARK: Playing

    func play() async throws {
        for node in lives.indices { try await start(node) }
        for job in try await lives[0].scheduler?.jobs ?? [] { known[job.id] = job }
        while let next = turns.min(by: { $0.at < $1.at }), next.at <= simulation.lasting {
            turns.removeAll { $0.at == next.at }
            await pass(until: next.at)
            try await take(next.turn)
        }
        await pass(until: simulation.lasting)
        try await calmDown()
    }

    private func pass(until end: Duration) async {
        if end > elapsed { await rehearsal.advance(by: end - elapsed) }
    }

    /// At a time of its own: two things at once would be one.
    private func later(_ wait: Duration, _ turn: Turn) {
        var at = elapsed + wait
        while turns.contains(where: { $0.at == at }) { at += .milliseconds(1) }
        turns.append((at, turn))
    }

    private func take(_ turn: Turn) async throws {
        switch turn {
        case .trouble(let trouble): try await make(trouble)
        case .back(let node): try await start(node)
        case .reached(let name): fleet.cut(name, false)
        case .storeBack:
            storeFailures -= 1
            if storeFailures == 0 { fleet.fail(nil) }
        case .resume(let job): try? await anyone?.resume(job)
        }
    }

    private var anyone: Scheduler? { lives.lazy.compactMap(\.scheduler).first }

    private func make(_ trouble: JobTrouble) async throws {
        switch trouble {
        case .crash(let node, let back): await crash(node, back)
        case .restart(let node, let back): restart(node, back)
        case .cut(let node, let length):
            fleet.cut(lives[node].name)
            later(length, .reached(name: lives[node].name))
        case .storeAway(let length):
            storeFailures += 1
            fleet.fail(StoreError(.unavailable, "the store is away"))
            later(length, .storeBack)
        case .suspend(let length): await rehearsal.suspend(for: length)
        case .step(let length): await rehearsal.step(by: length)
        case .pause(let length):
            guard !known.isEmpty else { return }
            let job = dice.pick(known.keys.sorted())
            guard (try? await anyone?.pause(job)) != nil else { return }
            later(length, .resume(job))
        }
    }

    // MARK: Processes

    private func start(_ node: Int) async throws {
        // Whoever supervises processes starts it again.
        guard storeFailures == 0 else { return later(.seconds(10), .back(node: node)) }
        await lives[node].end?.value
        lives[node].number += 1
        let letter = String(UnicodeScalar(UInt8(97 + node % 26))), number = lives[node].number
        lives[node].name = letter + (number == 1 ? "" : "\(number)")
        let process = JobSimulation.Node(name: lives[node].name, stage: rehearsal)
        lives[node].scheduler = try await simulation.start(process, fleet)
    }

    private func crash(_ node: Int, _ back: Duration) async {
        guard let scheduler = lives[node].scheduler else { return }
        fleet.cut(lives[node].name)
        await rehearsal.crash(scheduler)
        lives[node].scheduler = nil
        later(back, .back(node: node))
    }

    private func restart(_ node: Int, _ back: Duration) {
        guard let scheduler = lives[node].scheduler else { return }
        lives[node].scheduler = nil
        lives[node].end = Task { await scheduler.shutdown(patience: .seconds(10)) }
        later(back, .back(node: node))
    }

    // MARK: The end

    private func calmDown() async throws {
        storeFailures = 0
        fleet.fail(nil)
        for (_, turn) in turns.sorted(by: { $0.at < $1.at }) {
            if case .reached(let name) = turn { fleet.cut(name, false) }
        }
        await rehearsal.advance(by: .minutes(1))
        for (_, turn) in turns.sorted(by: { $0.at < $1.at }) {
            switch turn {
            case .back, .resume: try await take(turn)
            case .trouble, .reached, .storeBack: break
            }
        }
        turns = []
        await rehearsal.advance(by: Self.calm)
        guard let scheduler = anyone else { return }
        for id in Set(known.keys).union(rehearsal.moments.compactMap(\.event.job)) {
            records[id] = try await scheduler.history(of: id, limit: .max)
        }
        let end = rehearsal.now
        let ends = lives.compactMap(\.scheduler).map { scheduler in Task { await scheduler.shutdown(patience: .seconds(30)) } }
        await rehearsal.advance(by: .minutes(2))
        for task in ends { await task.value }
        self.end = end
    }

    private var end = Instant(0)

    func firstBreach() async throws -> JobPromises.Breach? {
        let longest = known.values.map { ($0.options.grace ?? .zero) + $0.options.jitter }.max() ?? .zero
        let limit = Instant(end.seconds - max(Self.settled, longest + .minutes(1)).wholeSeconds)
        return JobPromises(jobs: known, moments: rehearsal.moments, records: records, end: limit).firstBreach()
    }

    func broken(_ seed: UInt64, _ promise: BrokenPromise.Promise, _ what: String, _ job: JobID?) -> BrokenPromise {
        BrokenPromise(
            promise: promise, what: what, seed: seed, troubles: steps.map(\.description),
            picture: job.map { rehearsal.picture(of: $0) } ?? rehearsal.picture)
    }
}
