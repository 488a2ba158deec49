internal import CronExpressions
internal import CronJobs
internal import CronScheduler

// One service of a simulated run: a machine, and all that the actor around it, the ledger's client and the runner would keep. Its life ends with
// a crash or a stop; the next one has another name, no memory and no runs.

/// A node in its present life.
struct SimulatedNode {
    /// Effects that are left of what one event began; the next one last.
    struct Fiber {
        var left: [SchedulerMachine.Effect]
        /// No other event that looks at the table or the time comes in between.
        var isLocked: Bool
    }

    /// How far the ledger's clock was off when something was decided.
    struct Skews {
        /// That of who decided that the fire time has come: the server, or a node from memory.
        var fireTime: Int64
        /// As far as the node had heard, who alone knows of jitter.
        var due: Int64
    }

    /// An attempt that the runner has.
    struct Run {
        var attempt: Attempt
        /// The claim is trusted until then; nil where there was none.
        var openUntil: MonotonicTime?
        var isFromMemory: Bool
        /// How the clocks were set by which it was decided.
        var decided: Skews
        /// The node had heard that the job is paused.
        var isKnownPaused: Bool
        var startedAt: WallTime?
    }

    enum Stage {
        case down, booting, up, draining
    }

    let place: Int
    var life = 0
    var stage = Stage.down
    var machine: SchedulerMachine
    var memory: ModelNode
    var estimate = ClockEstimate()
    /// What its own clocks are off by.
    var wallSkew: Int64
    let monotonicSkew: Int64

    var frozenUntil: Int64 = 0
    var cutUntil: Int64 = 0
    /// Faults that wait for it to come by their point; they outlive it.
    var traps: [Fault] = []

    var fibers: [Int: Fiber] = [:]
    var lockHolder: Int?
    var waitingForLock: [SchedulerMachine.Event] = []
    var waitingForOutcomes: [Int] = []
    /// The number of the wake-up that counts.
    var wakeNumber = 0
    var isPoked = false
    var isLooking = false
    var runs: [Int: Run] = [:]
    var isSweeping = false
    /// What the claims of the present question were won for.
    var claimed: Set<ModelNode.Name> = []
    var tableNumber = 0
    var incarnation: Int64 = 0
    /// The ledger that it opened had never been used.
    var isNew = false
    /// What its last renewal heard.
    var living: [String] = []
    var settling = Duration.zero
    /// How the server's clock was set as far as it knew while it decided what it decides now: the highest, if it heard of several.
    var knownSkew: Int64 = 0
    /// The same for what it decided and has not handed over yet.
    var skews: [ModelNode.Name: Int64] = [:]
    /// What it told its machine.
    var paused: Set<JobID> = []

    init(place: Int, wallSkew: Int64, monotonicSkew: Int64) {
        self.place = place
        self.wallSkew = wallSkew
        self.monotonicSkew = monotonicSkew
        machine = SchedulerMachine(node: "")
        memory = ModelNode(name: "")
    }

    /// A new life begins.
    mutating func begin() {
        end()
        stage = .booting
        let name = "n\(place)-\(life)"
        machine = SchedulerMachine(node: name)
        memory = ModelNode(name: name)
        estimate = ClockEstimate()
    }

    mutating func end() {
        life += 1
        stage = .down
        fibers.removeAll(keepingCapacity: true)
        lockHolder = nil
        waitingForLock = []
        waitingForOutcomes = []
        wakeNumber += 1
        isPoked = false
        isLooking = false
        runs = [:]
        isSweeping = false
        claimed = []
        tableNumber = 0
        living = []
        settling = .zero
        skews = [:]
        paused = []
    }

    // MARK: Clocks

    func monotonic(_ time: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: time &+ monotonicSkew) }

    /// The time by which it plans: the server's, as far as it heard.
    func wall(_ time: Int64) -> WallTime {
        estimate.reading(at: monotonic(time)) ?? WallTime(nanoseconds: time &+ Simulation.beginning.nanoseconds &+ wallSkew)
    }

    /// How the server's clock is set, as far as it heard.
    func skew(_ time: Int64) -> Int64 { wall(time).nanoseconds &- Simulation.beginning.nanoseconds &- time }

    func moment(_ time: Int64) -> Moment { Moment(wall: wall(time), monotonic: monotonic(time)) }

    /// Takes a fault out that waits for this point, if there is one.
    mutating func spring(_ point: Fault.Point, where isMeant: (Fault) -> Bool) -> Fault? {
        if traps.isEmpty { return nil }
        guard let place = traps.firstIndex(where: { $0.trap?.point == point && isMeant($0) }) else { return nil }
        return traps.remove(at: place)
    }
}
