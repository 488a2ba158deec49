// tidy: helper
internal import CronExpressions
internal import CronJobs
@testable internal import CronRabbitMQ

// Dispatchers, workers, a queue and a ledger in one deterministic order, with every fault between two steps: messages that are lost, come twice, late or
// in another order; connections that end; nodes that are killed; a store that does not answer; tables that differ; letters that somebody forged. The
// machines are the real ones; queue and ledger are models of what RabbitMQ and the Redis scripts promise.

struct WorkSimulation {
    private static let tick: Int64 = 100
    private static let lease: Int64 = 30_000
    static let pool = "p"

    private struct Row {
        var fence: Int64
        /// `nil`: it waits in the pool.
        var starter: Int?
        var owner: Int
        var leaseEnd: Int64
        var deadline: Int64
        var outcome: String?
        var starts = 0
    }

    private struct Dispatcher {
        var node: Int
        var machine = DispatchMachine()
        var held: [RunID: Int64] = [:]
    }

    private struct InWorker {
        var node: Int
        var machine: WorkerMachine
        var connection = 1
        var consumes = true
        var unsettled: [Delivered.ID: Copy] = [:]
        var running: [RunID: Running] = [:]
        /// Its table lacks the job until then.
        var lacksJobUntil: Int64 = 0
        var nextTag: UInt64 = 1
    }

    private struct Running {
        var fence: Int64
        var ends: Int64
        /// On which it came, if its message is to be accepted at the end.
        var connection: Int?
    }

    private struct Copy {
        var body: [UInt8]
        var deliveries = 0
    }

    private enum Later {
        case arrives(Copy)
        case delivery(dispatcher: Int, node: Int, Letter, Delivery)
        case gate(worker: Int, node: Int, Letter)
        case takeBack(dispatcher: Int, node: Int, Letter)
        case look(dispatcher: Int, node: Int, Letter)
    }

    private var dice: WorkDice
    private let mutation: WorkMutation
    private let job: Job
    private var now: Int64 = 1_000_000
    private var rows: [RunID: Row] = [:]
    private var fence: Int64 = 100
    private var lastNode = 0
    private var dispatchers: [Dispatcher] = []
    private var workers: [InWorker] = []
    private var queue: [Copy] = []
    private var dead: [(body: [UInt8], reason: String)] = []
    private var later: [(at: Int64, what: Later)] = []
    private var faultsEnd: Int64 = 0
    private(set) var broken: [String] = []
    private(set) var outcomes: [String: Int] = [:]

    init(seed: UInt64, mutation: WorkMutation = .none) {
        dice = WorkDice(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
        self.mutation = mutation
        var values = JobPolicies.Values()
        values.pool = Self.pool
        if seed.isMultiple(of: 2) { values.acknowledgement = .completion }
        job = Job(id: "job", timing: .startup, command: Command(text: "true"), policies: JobPolicies(values))
        for _ in 0..<2 { dispatchers.append(Dispatcher(node: newNode())) }
        for _ in 0..<3 { workers.append(newWorker()) }
    }

    private mutating func newNode() -> Int {
        lastNode += 1
        return lastNode
    }

    private mutating func newWorker() -> InWorker { InWorker(node: newNode(), machine: WorkerMachine(pool: Self.pool, slots: 2)) }

    private var wall: WallTime { WallTime(nanoseconds: now * 1_000_000) }
    private var moment: WorkerMachine.Moment { .init(wall: wall, monotonic: MonotonicTime(nanoseconds: now * 1_000_000)) }

    // MARK: The course of it

    /// Two minutes with faults, then as long as it takes to come to an end without.
    mutating func run() {
        faultsEnd = now + 120_000
        let claimsEnd = now + 100_000
        while now < faultsEnd + 90_000 {
            now += Self.tick
            if now < claimsEnd, dice.chance(8) { claim() }
            if now < faultsEnd { strike() }
            arrive()
            deliver()
            work()
            for index in dispatchers.indices {
                if mutation != .noDeadline { perform(dispatchers[index].machine.handle(.time, at: wall), index) }
                if now % 5000 == 0 { renew(index) }
            }
            if now % 5000 == 0, mutation != .noSweep { sweep() }
        }
        for (run, row) in rows where row.outcome == nil { broken.append("\(run) has no outcome") }
        let unsettled = workers.reduce(0) { $0 + $1.unsettled.count }
        let round = queue.count + dead.count + dispatchers.reduce(0) { $0 + ($1.machine.isEmpty ? 0 : 1) }
        if round > 0 { broken.append("letters go round for ever") }
        if unsettled > 0 { broken.append("\(unsettled) messages are neither accepted nor given back") }
    }

    private mutating func claim() {
        let run = RunID(job: job.id, .manual(Instant(now / 1000), UInt32(truncatingIfNeeded: now)))
        let index = Int(dice.number(UInt64(dispatchers.count)))
        fence += 1
        let deadline = now + Int64(dice.number(30)) * 1000 + 1000
        rows[run] = Row(fence: fence, owner: dispatchers[index].node, leaseEnd: now + Self.lease, deadline: deadline)
        send(run, index)
    }

    private mutating func send(_ run: RunID, _ index: Int, fence old: Int64? = nil) {
        guard let row = rows[run] else { return }
        dispatchers[index].held[run] = row.fence
        var attempt = Attempt(
            run: run, fence: old ?? row.fence, trigger: .manual, job: job, scheduledAt: Instant(now / 1000),
            startDeadline: WallTime(nanoseconds: row.deadline * 1_000_000))
        attempt.by = "somebody"
        perform(dispatchers[index].machine.handle(.wanted(Letter(attempt, pool: Self.pool)), at: wall), index)
    }

    private mutating func strike() {
        guard dice.chance(3) else { return }
        switch dice.number(7) {
        case 0: kill(worker: Int(dice.number(3)))
        case 1: kill(dispatcher: Int(dice.number(2)))
        case 2: disconnect(Int(dice.number(3)))
        case 3: if !queue.isEmpty { queue.append(queue[Int(dice.number(UInt64(queue.count)))]) }
        case 4: if !queue.isEmpty, dice.chance(30) { queue.remove(at: Int(dice.number(UInt64(queue.count)))) }
        case 5: workers[Int(dice.number(3))].lacksJobUntil = now + Int64(dice.number(20_000))
        default: forge()
        }
    }

    private mutating func kill(worker index: Int) {
        disconnect(index)
        workers[index] = newWorker()
    }

    private mutating func kill(dispatcher index: Int) { dispatchers[index] = Dispatcher(node: newNode()) }

    private mutating func disconnect(_ index: Int) {
        for copy in workers[index].unsettled.values.sorted(by: { $0.body.count < $1.body.count }) { giveBack(copy) }
        workers[index].unsettled = [:]
        workers[index].connection += 1
        perform(workers[index].machine.handle(.lost, at: moment), worker: index)
    }

    private mutating func giveBack(_ copy: Copy) {
        var copy = copy
        copy.deliveries += 1
        if copy.deliveries >= 10 { dead.append((copy.body, "delivery_limit")) } else { queue.append(copy) }
    }

    /// What somebody may write who has the broker's password: a true letter with another fence, one of no run, one that no worker takes, or no letter.
    private mutating func forge() {
        guard let run = rows.keys.sorted(by: { "\($0)" < "\($1)" }).last, let row = rows[run] else { return }
        var attempt = Attempt(run: run, fence: row.fence, trigger: .manual, job: job, scheduledAt: Instant(0))
        switch dice.number(4) {
        case 0: attempt.fence += 1
        case 1: attempt.run = RunID(job: job.id, .manual(Instant(1), 1))
        case 2:
            var letter = Letter(attempt, pool: Self.pool)
            letter.jobMark ^= 1
            return queue.append(Copy(body: letter.bytes))
        default: return queue.append(Copy(body: Array("{}".utf8)))
        }
        queue.append(Copy(body: Letter(attempt, pool: Self.pool).bytes))
    }

    private var storeFails: Bool { now < faultsEnd && (now / 7000) % 6 == 3 }
    private var brokerFails: Bool { now < faultsEnd && (now / 9000) % 7 == 4 }

    // MARK: The queue

    private mutating func arrive() {
        let due = later.filter { $0.at <= now }
        later.removeAll { $0.at <= now }
        for one in due {
            switch one.what {
            case .arrives(let copy): queue.append(copy)
            case .delivery(let index, let node, let letter, let delivery):
                if dispatchers[index].node == node {
                    perform(dispatchers[index].machine.handle(.delivered(letter, delivery), at: wall), index)
                }
            case .gate(let index, let node, let letter):
                if workers[index].node == node { answer(letter, index) }
            case .takeBack(let index, let node, let letter):
                guard dispatchers[index].node == node else { continue }
                let answer: DispatchMachine.TakenBack =
                    storeFails ? .unknown : pass(letter, dispatchers[index].node, pool: letter.pool) == .go ? .ours : .elsewhere
                perform(dispatchers[index].machine.handle(.takenBack(letter, answer), at: wall), index)
            case .look(let index, let node, let letter):
                guard dispatchers[index].node == node else { continue }
                let stillWaits: Bool? = storeFails ? nil : mutation == .noLooking || waits(letter)
                perform(dispatchers[index].machine.handle(.looked(letter, stillWaits: stillWaits), at: wall), index)
            }
        }
    }

    private func waits(_ letter: Letter) -> Bool {
        rows[letter.run].map { $0.outcome == nil && $0.starter == nil && $0.fence == letter.fence } ?? false
    }

    private mutating func deliver() {
        for index in workers.indices where workers[index].consumes && !brokerFails {
            guard !queue.isEmpty, workers[index].unsettled.count < 2 else { continue }
            // In no order that anybody could rely on.
            let copy = queue.remove(at: Int(dice.number(UInt64(queue.count))))
            let id = Delivered.ID(connection: workers[index].connection, tag: workers[index].nextTag)
            workers[index].nextTag += 1
            workers[index].unsettled[id] = copy
            let known = workers[index].lacksJobUntil < now ? job : nil
            let message = Delivered(id: id, body: copy.body, deathReason: nil)
            perform(workers[index].machine.handle(.delivered(message, Letter(copy.body), job: known), at: moment), worker: index)
        }
        guard !dead.isEmpty, !brokerFails else { return }
        let one = dead.removeFirst(), index = Int(dice.number(2))
        guard let letter = Letter(one.body) else { return }
        perform(dispatchers[index].machine.handle(.cameBack(letter, wasRejected: one.reason == "rejected"), at: wall), index)
    }

    // MARK: The ledger

    private mutating func pass(_ letter: Letter, _ node: Int, pool: String) -> StartAnswer {
        guard var row = rows[letter.run], row.outcome == nil else { return .gone }
        guard row.fence == letter.fence else { return .stale }
        if row.starter != nil, mutation != .gateOpensTwice { return row.owner == node ? .duplicate(node: "me") : .duplicate(node: "other") }
        if pool != Self.pool { return .elsewhere(.queued(pool: Self.pool)) }
        (row.starter, row.owner, row.leaseEnd) = (node, node, now + Self.lease)
        rows[letter.run] = row
        return .go
    }

    private mutating func finish(_ run: RunID, fence: Int64, by node: Int, _ outcome: String) {
        guard let row = rows[run] else { return broken.append("\(run) was never claimed, and ended") }
        guard row.outcome == nil, row.fence == fence, row.owner == node else { return }
        rows[run]?.outcome = outcome
        outcomes[outcome, default: 0] += 1
        if outcome.hasPrefix("undelivered"), row.starts > 0 { broken.append("\(run) ended \(outcome), and was started") }
    }

    private mutating func renew(_ index: Int) {
        guard !storeFails else { return }
        var gone: Set<RunID> = []
        for (run, fence) in dispatchers[index].held {
            if let row = rows[run], row.outcome == nil, row.fence == fence, row.owner == dispatchers[index].node {
                rows[run]?.leaseEnd = now + Self.lease
            } else {
                gone.insert(run)
            }
        }
        for run in gone { dispatchers[index].held[run] = nil }
        if !gone.isEmpty { perform(dispatchers[index].machine.handle(.letGo(gone), at: wall), index) }
    }

    private mutating func sweep() {
        for (run, row) in rows.sorted(by: { $0.value.fence < $1.value.fence }) where row.outcome == nil && row.leaseEnd < now && !storeFails
        {
            let index = Int(dice.number(2)), node = dispatchers[index].node
            fence += 1
            rows[run]?.fence = fence
            rows[run]?.owner = node
            rows[run]?.leaseEnd = now + Self.lease
            if row.starter == nil {
                send(run, index, fence: mutation == .oldFence ? row.fence : nil)
            } else {
                finish(run, fence: fence, by: node, "interrupted")
            }
        }
    }

    // MARK: What the machines want

    private mutating func perform(_ effects: [DispatchMachine.Effect], _ index: Int) {
        let node = dispatchers[index].node
        for effect in effects {
            switch effect {
            case .send(let letter):
                let delay = Int64(dice.number(800))
                var delivery = Delivery.confirmed
                if brokerFails {
                    delivery = .unsent("no broker")
                } else if dice.chance(5), now < faultsEnd {
                    delivery = .undelivered("312 NO_ROUTE")
                }
                let arrives = delivery == .confirmed
                if arrives { later.append((now + delay, .arrives(Copy(body: letter.bytes)))) }
                if arrives, dice.chance(5), now < faultsEnd { delivery = .unconfirmed("lost") }
                later.append((now + delay, .delivery(dispatcher: index, node: node, letter, delivery)))
            case .look(let letter): later.append((now + Int64(dice.number(300)), .look(dispatcher: index, node: node, letter)))
            case .takeBack(let letter):
                if mutation == .noTakingBack {
                    perform(dispatchers[index].machine.handle(.takenBack(letter, .ours), at: wall), index)
                    rows[letter.run]?.owner = node
                } else {
                    later.append((now + Int64(dice.number(300)), .takeBack(dispatcher: index, node: node, letter)))
                }
            case .finish(let letter, let outcome, _, _):
                if mutation == .noTakingBack { rows[letter.run]?.owner = node }
                finish(letter.run, fence: letter.fence, by: node, "\(outcome)")
            }
        }
    }

    private mutating func perform(_ effects: [WorkerMachine.Effect], worker index: Int) {
        for effect in effects {
            switch effect {
            case .settle(let id, let settlement):
                guard let copy = workers[index].unsettled.removeValue(forKey: id) else { continue }
                switch settlement {
                case .accept: break
                case .reject: dead.append((copy.body, "rejected"))
                case .giveBack: giveBack(copy)
                }
            case .ask(let letter):
                if mutation == .noGate {
                    perform(workers[index].machine.handle(.answered(letter, .go), at: moment), worker: index)
                } else {
                    later.append((now + Int64(dice.number(400)), .gate(worker: index, node: workers[index].node, letter)))
                }
            case .start(let letter, _): start(letter, index)
            case .expire(let letter): finish(letter.run, fence: letter.fence, by: workers[index].node, "undelivered(expired)")
            case .consume(let isWanted): workers[index].consumes = isWanted
            case .refused: break
            }
        }
    }

    private mutating func answer(_ letter: Letter, _ index: Int) {
        let answer: StartAnswer? = storeFails ? nil : pass(letter, workers[index].node, pool: workers[index].machine.pool)
        perform(workers[index].machine.handle(.answered(letter, answer), at: moment), worker: index)
    }

    private mutating func start(_ letter: Letter, _ index: Int) {
        guard let row = rows[letter.run] else { return broken.append("\(letter.run) was never claimed, and started") }
        rows[letter.run]?.starts += 1
        if row.starts > 0 { broken.append("\(letter.run) started twice") }
        if row.outcome != nil { broken.append("\(letter.run) started after its outcome") }
        if row.deadline + 1000 < now { broken.append("\(letter.run) started \(now - row.deadline) ms after its deadline") }
        let isKept = job.policies.values.acknowledgement == .completion && isHeld(letter.run, index)
        workers[index].running[letter.run] = Running(
            fence: letter.fence, ends: now + Int64(dice.number(4000)), connection: isKept ? workers[index].connection : nil)
        if workers[index].running.count > 2 { broken.append("a worker with two slots runs \(workers[index].running.count)") }
    }

    private func isHeld(_ run: RunID, _ index: Int) -> Bool {
        workers[index].unsettled.values.contains { Letter($0.body)?.run == run }
    }

    private mutating func work() {
        for index in workers.indices {
            for (run, one) in workers[index].running.sorted(by: { $0.value.fence < $1.value.fence }) where one.ends <= now {
                workers[index].running[run] = nil
                if one.connection == workers[index].connection, !isHeld(run, index) { broken.append("\(run) was accepted before its end") }
                finish(run, fence: one.fence, by: workers[index].node, "succeeded")
                if mutation != .noSlots { perform(workers[index].machine.handle(.ended(run, attempt: 1), at: moment), worker: index) }
            }
            if mutation == .noSlots {
                for run in workers[index].running.keys.sorted(by: { "\($0)" < "\($1)" }) {
                    perform(workers[index].machine.handle(.ended(run, attempt: 1), at: moment), worker: index)
                }
            }
            if now % 5000 == 0, !storeFails {
                for (run, one) in workers[index].running where rows[run]?.fence == one.fence && rows[run]?.owner == workers[index].node {
                    rows[run]?.leaseEnd = now + Self.lease
                }
            }
            if let next = workers[index].machine.nextLook, next <= moment.monotonic {
                perform(workers[index].machine.handle(.time, at: moment), worker: index)
            }
        }
    }
}
