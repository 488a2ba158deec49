internal import CronExpressions
internal import CronJobs
internal import CronEngine

// One service of a simulated run: a machine, and all that the actor around it, the ledger's client and the runner would keep. Its life ends with
// a crash or a stop; the next one has another name, no memory and no runs.

/// A node in its present life.
struct SimulatedNode {
    /// Effects that are left of what one event began; the next one last.
    struct Fiber {
        var left: [SchedulerMachine.Effect]
        /// No other event that looks at the table or the time comes in between.
        var isLocked: Bool
        /// What somebody who asked is told once all is done.
        var answer: (order: RunOrder, RunAnswer)?
        var cancelAnswer: (order: CancelOrder, CancelAnswer)?
        /// What is to start once its time has come.
        var ahead: (attempts: [Attempt], due: WallTime)?
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
        /// The same, whether or not it was in the ledger by the time that it came to the runner.
        var wasFromMemory: Bool
        /// How the clocks were set by which it was decided.
        var decided: Skews
        /// The node had heard that the job is paused when it decided that.
        var isKnownPaused: Bool
        var startedAt: WallTime?
        /// Somebody wants it beside whatever runs.
        var isForced: Bool
        /// It waited for its start, and has its job as that is now.
        var hasWaited: Bool
        /// Its time will be over after this long, in simulated nanoseconds; and when it began.
        var patience: Int64
        var begunAt: Int64 = 0
        var endsAt: Int64 = 0
        /// An earlier life of the service began it.
        var isAdopted = false
        /// What it is asked to end as.
        var ending: RunEnding?
    }

    enum Stage {
        case down, booting, up, draining
    }

    /// How long before their fire time jobs are claimed on a store of one's own.
    static let lead = Duration.milliseconds(50)

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
    /// What is to end and is not with the runner yet.
    var unheard: [RunID: RunEnding] = [:]
    /// The earlier life that was killed alone, by its name: the next one knows that it is no more.
    var killedName: String?
    /// What an earlier life began and goes on, while nobody watches it.
    var orphans: [ModelNode.Name: Run] = [:]
    /// Claimed attempts that wait for their start, as far as it told.
    var waiting: [ModelNode.Name: WaitReason] = [:]
    /// What was started from memory and is not in the ledger yet.
    var fromMemory: Set<ModelNode.Name> = []
    /// What was started from memory and is not with the runner yet, in the ledger or not: whether the job was known to be paused.
    var decidedFromMemory: [ModelNode.Name: Bool] = [:]
    /// What was claimed ahead of its time and found room since then.
    var ahead: [Int: [Attempt]] = [:]
    /// Its machine is short of processor time until then; and was when it looked last.
    var busyUntil: Int64 = 0
    var wasBusy: Bool?
    /// The last fire time of each queue that began to run.
    var lastOfQueue: [JobID: Instant] = [:]
    var isSweeping = false
    var isSettling = false
    var once = OnceShelf()
    /// What the claims of the present question were won for.
    var claimed: Set<ModelNode.Name> = []
    var tableNumber = 0
    /// When each job got the times that it has in the node's table: what the node heard of late, or never, it does not know.
    var edits: [JobID: Instant] = [:]
    var incarnation: Int64 = 0
    /// The ledger that it opened had never been used.
    var isNew = false
    /// What its last renewal heard.
    var living: [String] = []
    var quarantine = Duration.zero
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
    mutating func begin(maxRunning: Int?, isAlone: Bool) {
        end(isKilled: true)
        stage = .booting
        let name = "n\(place)-\(life)"
        machine = SchedulerMachine(
            node: isAlone ? nil : name, claimsAhead: isAlone ? Self.lead : .zero, maxRunning: maxRunning,
            lease: isAlone ? nil : ModelLedger.Sharing().lease)
        memory = ModelNode(name: name)
        estimate = ClockEstimate()
    }

    /// - Parameter isKilled: it alone: what it began goes on.
    mutating func end(isKilled: Bool = false) {
        if isKilled {
            for run in runs.values where run.startedAt != nil {
                orphans[.init(run: run.attempt.run, attempt: run.attempt.number)] = run
            }
        } else {
            orphans = [:]
        }
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
        unheard = [:]
        waiting = [:]
        fromMemory = []
        decidedFromMemory = [:]
        ahead = [:]
        wasBusy = nil
        lastOfQueue = [:]
        isSweeping = false
        isSettling = false
        once = OnceShelf()
        claimed = []
        tableNumber = 0
        edits = [:]
        living = []
        quarantine = .zero
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
