internal import CronExpressions
internal import CronJobs

// As `LedgerComparison`, for a ledger that several nodes share, and that may forget: its nodes tell it what they remember, and the next answers
// show whether they told the same. Only what follows from the clocks alone is left out (quarantine, leases that end by themselves, earliness): the
// ledger is to be made without them, and long leases end because their owner goes.

/// Asks a shared ledger through several nodes, and the model, the same things in one random order, and compares every answer.
public struct SharedLedgerComparison {
    private struct Node {
        var ledger: any SharedLedger
        var memory: ModelNode
        /// It has not been heard of since the ledger was set back.
        var isCut = false
        /// Its consumer wants facts: it says so with each call.
        var wantsFacts = false
    }

    private struct Won {
        var claim: Claim
        var node: Int
        /// As the model has it, and as the ledger has it.
        var fences: (model: Int64, ledger: Int64)
    }

    private let server: Server
    private var dice: Dice
    private var model: ModelLedger
    private var kept: ModelLedger
    private var nodes: [Node] = []
    private var life = 1
    private var now = WallTime(Instant(1_700_000_000))
    private var won: [Won] = []
    private var keeping = KeepingComparison(isOrdered: false)
    private let jobs = ["a", "b", "c", "d@web-1"].map { JobID($0) }

    private init(_ server: Server, seed: UInt64) {
        self.server = server
        dice = Dice(seed: seed)
        var sharing = ModelLedger.Sharing()
        (sharing.quarantine, sharing.lease, sharing.jump, sharing.earliness) = (.zero, .seconds(36_000), .seconds(360_000), nil)
        model = ModelLedger(sharing: sharing)
        kept = model
    }

    /// - Parameter server: with an empty ledger.
    /// - Throws: `ConformanceFailure` for the first answer that is another.
    public static func run(_ server: Server, seed: UInt64, nodes: Int = 3, calls: Int) async throws {
        var comparison = SharedLedgerComparison(server, seed: seed)
        for _ in 0..<nodes { try await comparison.addNode() }
        for number in 0..<calls {
            do {
                try await comparison.step()
                if number % 20 == 19 { try await comparison.compareAll() }
            } catch let failure as ConformanceFailure {
                throw ConformanceFailure(file: failure.file, line: failure.line, text: "seed \(seed), call \(number): \(failure.text)")
            }
        }
        try await comparison.compareAll()
        for node in comparison.nodes { await node.ledger.close(now: comparison.now) }
    }

    private mutating func addNode() async throws {
        let ledger = try await server.makeNode()
        _ = try await ledger.open(bootID: "boot", now: now)
        _ = model.open(now: now)
        nodes.append(Node(ledger: ledger, memory: ModelNode(name: ledger.node)))
        try await renew(nodes.count - 1, [])
        try await wantFacts(nodes.count - 1)
    }

    private mutating func step() async throws {
        now = now + .milliseconds(dice.number(1...5_000))
        let place = Int(dice.number(0...Int64(nodes.count - 1)))
        if nodes[place].isCut { try await reach(place) }
        switch dice.number(0...32) {
        case 0...9: try await claim(place)
        case 10...13: try await finish(place)
        case 14: try await skip(place)
        case 15...16: try await start(place)
        case 17...18: try await gate(place)
        case 19: try await pause(place)
        case 20: try await rewind()
        case 21: try await renew(place, won.suffix(5))
        case 22: try await sweep(place)
        case 23: try await replace(place)
        case 24: try await keep()
        case 25: try await setBack()
        case 26: try await request(place)
        case 27: try await wantFacts(place)
        case 28...29: try await keepOutput(place)
        default: try await look(place)
        }
    }

    /// The ledger hears a node; one that reached it anew tells it first what it remembers. Answers its time.
    private mutating func hear(_ place: Int) -> WallTime {
        let heard = model.hear(nodes[place].memory.caller, server: life, at: now)
        if nodes[place].wantsFacts { model.keepsFacts = true }
        if !nodes[place].memory.isTold { nodes[place].memory.tell(&model, now: heard) }
        return heard
    }

    /// The same for a renewal: who learns that the ledger lost something since it was told, tells it again.
    private mutating func hearAgain(_ place: Int) -> WallTime {
        let heard = hear(place)
        if nodes[place].memory.heard(quarantineUntil: model.settledAt) { nodes[place].memory.tell(&model, now: heard) }
        return heard
    }

    // MARK: Decisions

    private mutating func makeClaim() -> Claim {
        if dice.once(in: 8), let (one, _) = pick() {
            var further = one.claim
            further.attempt += 1
            return further
        }
        let job = dice.pick(jobs), at = now.instant + dice.number(-60...20), first = at - (dice.once(in: 2) ? dice.number(0...30) : 0)
        let (occasion, trigger): (RunID.Occasion, Trigger) =
            switch dice.number(0...9) {
            case 0: (.manual(at, UInt32(dice.number(0...3))), .manual)
            case 1: (.startup(dice.number(1...4)), .startup)
            default: (.scheduled(at), dice.pick([.scheduled, .catchUp]))
            }
        // By the ledger's own clock, which shows some year of this century.
        let deadline = dice.once(in: 8) ? WallTime(Instant(dice.pick([1_000_000_000, 4_000_000_000]))) : nil
        return Claim(
            run: RunID(job: job, occasion), trigger: trigger, attempt: dice.once(in: 6) ? 2 : 1, first: first,
            count: Int(dice.number(1...4)), since: at - dice.number(-5...30), startDeadline: deadline,
            concurrencyLimit: dice.once(in: 4) ? Int(dice.number(1...3)) : nil, by: trigger == .manual ? "uid 7, host née=+~," : nil)
    }

    private mutating func claim(_ place: Int) async throws {
        var claims: [Claim] = []
        for _ in 0..<dice.number(1...5) {
            let claim = makeClaim()
            if !claims.contains(where: { ($0.run, $0.attempt) == (claim.run, claim.attempt) }) { claims.append(claim) }
        }
        let theirs = try await nodes[place].ledger.claim(claims, now: now)
        let token = nodes[place].memory.newToken(), heard = hear(place)
        let reply = model.claim(
            claims, by: nodes[place].memory.name, token: token, entered: now, caller: nil, now: heard, clock: now)
        guard case .answers(let ours) = reply else { return }
        try expectEqual(theirs.count, ours.count, "answers")
        for (claim, (their, our)) in zip(claims, zip(theirs, ours)) {
            let mine = nodes[place].memory.take(claim, our, token: token, entered: now, settledAt: model.settledAt)
            if case .won(let theirFence) = their, case .won(let ourFence) = mine {
                won.append(Won(claim: claim, node: place, fences: (ourFence, theirFence)))
            } else {
                try expectEqual(their, mine, "\(claim.run) attempt \(claim.attempt)")
            }
        }
    }

    private mutating func skip(_ place: Int) async throws {
        let first = now.instant + dice.number(-60...20), last = first + dice.number(0...20), count = Int(dice.number(1...5))
        let skip = Skip(
            job: dice.pick(jobs), first: first, last: last, count: count, outcome: dice.once(in: 2) ? .missed(count) : .skipped(.overlap),
            since: first - 1)
        try await nodes[place].ledger.skip([skip], now: now)
        _ = hear(place)
        let run = RunID(job: skip.job, .scheduled(last)), existed = model.row(run, 1) != nil
        model.skip([skip], now: now)
        if skip.last > skip.since { nodes[place].memory.saw(skip.last, of: skip.job) }
        if !existed, let row = model.row(run, 1) { nodes[place].memory.remember(row.record, fence: nodes[place].memory.caller.fence) }
    }

    // MARK: Owners

    /// One that was won, as its owner names it or with a fence that nobody has; nil if there is none.
    private mutating func pick() -> (won: Won, off: Int64)? {
        won.isEmpty ? nil : (dice.once(in: 2) ? won[won.count - 1] : dice.pick(won), dice.once(in: 8) ? -1 : 0)
    }

    private mutating func finish(_ other: Int) async throws {
        guard let (one, off) = pick() else { return }
        let place = dice.once(in: 8) || nodes[one.node].isCut ? other : one.node
        var finish = Finish(
            run: one.claim.run, attempt: one.claim.attempt, fence: one.fences.ledger + off,
            outcome: dice.pick([.succeeded, .failed(.exit(2)), .timedOut, .interrupted]), startedAt: dice.once(in: 2) ? now : nil, at: now,
            tail: Array("end".utf8))
        let theirs = try await nodes[place].ledger.finish([finish])
        finish.fence = one.fences.model + off
        _ = hear(place)
        let name = ModelNode.Name(run: finish.run, attempt: finish.attempt)
        var isRecorded = model.finish([finish], by: nodes[place].memory.name)[0]
        if !isRecorded, nodes[place].memory.holds(name, finish.fence) {
            // Has the ledger forgotten it? Who holds it hears from it, tells it if so, and asks again.
            hearRenewal(place)
            isRecorded = model.finish([finish], by: nodes[place].memory.name)[0]
        }
        try expectEqual(theirs, [isRecorded], "finish of \(finish.run) attempt \(finish.attempt)")
        nodes[place].memory.settled(finish, isRecorded: isRecorded)
    }

    private mutating func start(_ other: Int) async throws {
        guard let (one, off) = pick() else { return }
        let place = dice.once(in: 8) || nodes[one.node].isCut ? other : one.node
        var start = Start(run: one.claim.run, attempt: one.claim.attempt, fence: one.fences.ledger + off, at: now, process: nil)
        try await nodes[place].ledger.start([start])
        start.fence = one.fences.model + off
        nodes[place].memory.started(start)
        let heard = hear(place)
        model.note([start], by: nodes[place].memory.name, now: heard)
    }

    private mutating func gate(_ other: Int) async throws {
        guard let (one, off) = pick() else { return }
        let place = dice.once(in: 4) || nodes[one.node].isCut ? other : one.node
        var start = Start(run: one.claim.run, attempt: one.claim.attempt, fence: one.fences.ledger + off, at: now, process: nil)
        let theirs = try await nodes[place].ledger.mayStart([start])
        start.fence = one.fences.model + off
        let heard = hear(place)
        let ours = model.gate([start], by: nodes[place].memory.name, now: heard)
        try expectEqual(theirs, ours, "gate of \(start.run) attempt \(start.attempt)")
        if ours == [.go] { nodes[place].memory.passed(start, model) }
    }

    private mutating func renew(_ place: Int, _ some: ArraySlice<Won>) async throws {
        func open(_ one: Won, _ fence: Int64) -> OpenRun {
            OpenRun(run: one.claim.run, attempt: one.claim.attempt, fence: fence, startedAt: nil, process: nil)
        }
        let theirs = try await nodes[place].ledger.renewal(of: some.map { open($0, $0.fences.ledger) }, now: now)
        let heard = hearAgain(place), runs = some.map { open($0, $0.fences.model) }
        let ours = model.renew(runs, by: nodes[place].memory.name, now: heard)
        let handed = runs.filter { run in
            model.row(run.run, run.attempt).map { $0.fence == run.fence && $0.isOpen && $0.node != nodes[place].memory.name } ?? false
        }
        try expectEqual(theirs.lost.map { "\($0.run)#\($0.attempt)" }, ours.map { "\($0.run)#\($0.attempt)" }, "lost")
        try expectEqual(theirs.handedOver.map(\.run.run), handed.map(\.run), "handed over")
        let asked = requests(of: runs, place)
        try expectEqual(theirs.requests.map { "\($0.run.run) \($0.request)" }, asked.map { "\($0.run.run) \($0.request)" }, "asked")
        for request in asked { nodes[place].memory.heard(request) }
        for run in ours + handed { nodes[place].memory.lose(run) }
        nodes[place].memory.hear(model, now: heard)
    }

    /// What the model tells an owner.
    private func requests(of runs: [OpenRun], _ place: Int) -> [Renewal.Request] {
        model.requests(of: runs).filter { model.row($0.run.run, $0.run.attempt)?.node == nodes[place].memory.name }
    }

    /// Somebody wants a run to end.
    private mutating func request(_ place: Int) async throws {
        guard let (one, _) = pick() else { return }
        let run = one.claim.run, open = model.jobs[run.job]?.rows.count { $0.isOpen && $0.record.run == run } ?? 0
        // Which of several is meant goes by the order in which they were entered, which is another after a loss.
        guard open < 2, let requests = nodes[place].ledger.requests else { return }
        let theirs = try await requests.request(.cancel, of: run, by: "née=+~,", now: now)
        try expectEqual(theirs, model.request(.cancel, of: run, by: "née=+~,", now: now), "request about \(run)")
    }

    private mutating func sweep(_ place: Int) async throws {
        let theirs = try await nodes[place].ledger.sweep(now: now).sorted { "\($0.run) \($0.attempt)" < "\($1.run) \($1.attempt)" }
        let heard = hearAgain(place), leases = nodes[place].memory.leases, name = nodes[place].memory.name
        for run in model.renew(leases, by: name, now: heard) { nodes[place].memory.lose(run) }
        for request in requests(of: leases, place) { nodes[place].memory.heard(request) }
        for run in leases where model.row(run.run, run.attempt)?.node != name { nodes[place].memory.lose(run) }
        nodes[place].memory.hear(model, now: heard)
        let ours = model.takeOver(by: name, caller: now, now: heard, clock: now)
            .sorted { "\($0.run) \($0.attempt)" < "\($1.run) \($1.attempt)" }
        for run in ours { nodes[place].memory.saw(fence: run.fence) }
        try expectEqual(theirs.map { "\($0.run) \($0.attempt)" }, ours.map { "\($0.run) \($0.attempt)" }, "swept")
        for (their, our) in zip(theirs, ours) {
            try expectEqual(their.claim, our.claim, "claim of \(our.run)")
            try expectEqual(their.startedAt, our.startedAt, "start of \(our.run)")
            try expectEqual(their.request, our.request, "request about \(our.run)")
            won.append(
                Won(
                    claim: Claim(
                        run: our.run, trigger: our.claim?.trigger ?? .scheduled, attempt: our.attempt,
                        first: our.claim?.first ?? now.instant, since: now.instant, by: our.claim?.by),
                    node: place, fences: (our.fence, their.fence)))
        }
    }

    /// A node goes, and hands over; another takes its place.
    private mutating func replace(_ place: Int) async throws {
        await nodes[place].ledger.close(now: now)
        let heard = hear(place)
        model.release(nodes[place].memory.name, at: now, now: heard)
        let ledger = try await server.makeNode()
        nodes[place] = Node(ledger: ledger, memory: ModelNode(name: ledger.node))
        _ = try await ledger.open(bootID: "boot", now: now)
        _ = model.open(now: now)
        try await renew(place, [])
    }

    // MARK: What is said of jobs

    private mutating func pause(_ place: Int) async throws {
        let isPaused = dice.once(in: 2), some: Set = [dice.pick(jobs).withoutHost]
        // By the ledger's own clock, which shows some year of this century.
        let end = isPaused && dice.once(in: 2) ? WallTime(Instant(dice.pick([1_000_000_000, 4_000_000_000]))) : nil
        if let end, let pauses = nodes[place].ledger.pauses {
            try await pauses.pause(some, until: end, by: "uid 7, host née", now: now)
        } else {
            try await nodes[place].ledger.setPaused(isPaused, some)
        }
        let heard = hear(place)
        model.setPaused(isPaused, until: end, some, now: now)
        nodes[place].memory.hear(model, now: heard)
        try await expectEqual(nodes[place].ledger.pausedJobs(), model.pausedJobs(now: now), "paused")
    }

    /// Each node notices a clock that was set back.
    private mutating func rewind() async throws {
        let limit = now.instant + dice.number(-20...20), mark = limit - dice.number(0...20)
        for place in nodes.indices where nodes[place].isCut { try await reach(place) }
        for place in nodes.indices {
            let theirs = try await nodes[place].ledger.rewind(marksAfter: limit, to: mark)
            nodes[place].memory.rewound(after: limit, to: mark)
            try expectEqual(theirs, model.rewind(marksAfter: limit, to: mark), "rewound")
        }
    }

    // MARK: Facts and output

    /// Its consumer comes, or goes; the others' may want them yet.
    private mutating func wantFacts(_ place: Int) async throws {
        nodes[place].wantsFacts.toggle()
        try await keeping.wantFacts(nodes[place].wantsFacts, nodes[place].ledger, &model)
        if nodes[place].wantsFacts { hearRenewal(place) }
    }

    private mutating func keepOutput(_ place: Int) async throws {
        guard let (one, _) = pick(), let (other, _) = pick() else { return }
        try await keeping.compareOutput(of: one.claim, and: other.claim, nodes[place].ledger, &model, &dice)
    }

    // MARK: Losses

    private mutating func keep() async throws {
        try await server.keep()
        kept = model
    }

    private mutating func setBack() async throws {
        if let place = nodes.firstIndex(where: { !$0.isCut }) { try await keeping.compareFacts(nodes[place].ledger, model) }
        try await server.setBack()
        model = kept
        keeping.setBack(to: model)
        life += 1
        for place in nodes.indices {
            nodes[place].memory.isTold = false
            nodes[place].isCut = true
        }
        try await reach(Int(dice.number(0...Int64(nodes.count - 1))))
    }

    /// A node notices that its connection is gone, and makes another.
    ///
    /// That the ledger lost something is told apart by the millisecond in which it was noticed: here and there each has one of its own.
    private mutating func reach(_ place: Int) async throws {
        now = now + .milliseconds(1)
        try await server.tick()
        var isReached = false
        while !isReached {
            do {
                _ = try await nodes[place].ledger.renew([], now: now)
                isReached = true
            } catch { await Task.yield() }
        }
        nodes[place].isCut = false
        hearRenewal(place)
    }

    private mutating func hearRenewal(_ place: Int) {
        let heard = hearAgain(place)
        _ = model.renew([], by: nodes[place].memory.name, now: heard)
        nodes[place].memory.hear(model, now: heard)
    }

    // MARK: Looks

    private mutating func look(_ place: Int) async throws {
        let job = dice.pick(jobs), at = now.instant + dice.number(-60...20), ledger = nodes[place].ledger
        try await expectEqual(ledger.record(of: job, at: at), model.record(of: job, at: at), "record of \(job) at \(at.seconds)")
        try await expectEqual(ledger.watermarks(), model.watermarks, "watermarks")
        for (job, mark) in model.watermarks { nodes[place].memory.saw(mark, of: job) }
        try await keeping.compareFacts(ledger, model)
    }

    /// The order of what was entered again after a loss is not compared.
    private mutating func compareAll() async throws {
        guard let place = nodes.firstIndex(where: { !$0.isCut }) else { return }
        for job in jobs {
            let theirs = try await sorted(nodes[place].ledger.history(of: job, limit: 1000)),
                ours = sorted(model.history(of: job, limit: 1000))
            for (their, our) in zip(theirs, ours) { try expectEqual(their, our, "history of \(job)") }
            try expectEqual(theirs.count, ours.count, "rows of \(job)")
        }
        try await look(place)
    }

    private func sorted(_ records: [RunRecord]) -> [RunRecord] {
        records.sorted { "\($0.run) \($0.attempt)" < "\($1.run) \($1.attempt)" }
    }
}
