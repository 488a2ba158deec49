internal import CronExpressions
public import CronJobs

/// Asks a ledger and the model the same things, in one random order, and compares every answer.
public struct LedgerComparison {
    private struct Won {
        var claim: Claim
        /// As the model has it, and as the ledger has it.
        var fences: (model: Int64, ledger: Int64)
    }

    /// How the ledger begins its next life; for one in memory it is the same.
    public typealias Reopen = @Sendable (any Ledger) async throws -> any Ledger

    private var dice: Dice
    private var model = ModelLedger()
    private var ledger: any Ledger
    private let reopen: Reopen
    private var now = WallTime(Instant(1_700_000_000))
    private var won: [Won] = []
    private var keeping = KeepingComparison(isOrdered: true)
    private let jobs = ["a", "b", "c", "d@web-1"].map { JobID($0) }

    private init(_ ledger: any Ledger, _ reopen: @escaping Reopen, seed: UInt64) {
        self.ledger = ledger
        self.reopen = reopen
        dice = Dice(seed: seed)
    }

    /// - Parameter ledger: an empty one of a single node, on which `open` was not called yet.
    /// - Throws: `ConformanceFailure` for the first answer that is another.
    public static func run(_ ledger: any Ledger, seed: UInt64, calls: Int, reopen: @escaping Reopen) async throws {
        var comparison = LedgerComparison(ledger, reopen, seed: seed)
        try await comparison.open()
        try await comparison.wantFacts(true)
        for number in 0..<calls {
            do { try await comparison.step() } catch let failure as ConformanceFailure {
                throw ConformanceFailure(file: failure.file, line: failure.line, text: "seed \(seed), call \(number): \(failure.text)")
            }
        }
        try await comparison.compareAll()
    }

    private mutating func open() async throws {
        let theirs = try await ledger.open(bootID: "boot", now: now), ours = model.open(now: now)
        try expectEqual(theirs.incarnation, ours.incarnation, "incarnation")
        try expectEqual(theirs.lastSeen, ours.lastSeen, "last seen")
    }

    private mutating func step() async throws {
        now = now + .milliseconds(dice.number(1...5_000))
        switch dice.number(0...22) {
        case 0...6: try await claim()
        case 7...9: try await finish()
        case 10: try await skip()
        case 11: try await start()
        case 12: try await pause()
        case 13: try await assert()
        case 14: try await rewind()
        case 15: try await restart()
        case 16: try await renew()
        case 17: try await retain()
        case 18: try await prune()
        case 19: try await wantFacts(!dice.once(in: 3))
        case 20...21: try await keepOutput()
        default: try await look()
        }
    }

    // MARK: Calls

    private mutating func instant() -> Instant { now.instant + dice.number(-60...20) }

    private mutating func makeClaim() -> Claim {
        let job = dice.pick(jobs), at = instant(), first = at - dice.number(0...30)
        let occasion: RunID.Occasion =
            switch dice.number(0...9) {
            case 0: .manual(at, UInt32(dice.number(0...3)))
            case 1: .startup(dice.number(1...4))
            default: .scheduled(at)
            }
        return Claim(
            run: RunID(job: job, occasion), trigger: .scheduled, attempt: dice.once(in: 6) ? 2 : 1, first: first,
            count: Int(dice.number(1...4)), since: at - dice.number(-5...30), by: occasion.fireTime == nil ? "uid 7, host née" : nil)
    }

    private mutating func claim() async throws {
        let claims = (0..<dice.number(1...5)).map { _ in makeClaim() }
        let theirs = try await ledger.claim(claims, now: now), ours = model.claim(claims, now: now)
        try expectEqual(theirs.count, ours.count, "answers")
        for (claim, (their, our)) in zip(claims, zip(theirs, ours)) {
            if case .won(let theirFence) = their, case .won(let ourFence) = our {
                won.append(Won(claim: claim, fences: (ourFence, theirFence)))
            } else {
                try expectEqual(their, our, "\(claim.run) attempt \(claim.attempt)")
            }
        }
    }

    private mutating func finish() async throws {
        guard !won.isEmpty else { return }
        let one = dice.pick(won), off = dice.once(in: 6) ? Int64(-1) : 0
        var finish = Finish(
            run: one.claim.run, attempt: one.claim.attempt, fence: one.fences.model + off,
            outcome: dice.pick([.succeeded, .failed(.exit(2)), .timedOut, .interrupted]), startedAt: dice.once(in: 2) ? now : nil, at: now,
            tail: Array("end".utf8))
        let ours = model.finish([finish])
        finish.fence = one.fences.ledger + off
        try await expectEqual(ledger.finish([finish]), ours, "finish of \(finish.run)")
    }

    private mutating func skip() async throws {
        let first = instant(), last = first + dice.number(0...20), count = Int(dice.number(1...5))
        let skip = Skip(
            job: dice.pick(jobs), first: first, last: last, count: count, outcome: dice.once(in: 2) ? .missed(count) : .skipped(.overlap),
            since: first - 1)
        try await ledger.skip([skip], now: now)
        model.skip([skip], now: now)
    }

    private mutating func start() async throws {
        guard !won.isEmpty else { return }
        let one = dice.pick(won)
        var start = Start(run: one.claim.run, attempt: one.claim.attempt, fence: one.fences.model, at: now, process: nil)
        model.start([start])
        start.fence = one.fences.ledger
        try await ledger.start([start])
    }

    private mutating func pause() async throws {
        let isPaused = dice.once(in: 2), some: Set = [dice.pick(jobs).withoutHost]
        let end = dice.once(in: 2) ? now + .seconds(dice.number(0...60)) : nil
        if isPaused, let end, let pauses = ledger.pauses {
            try await pauses.pause(some, until: end, by: "uid 7", now: now)
            model.setPaused(true, until: end, some, now: now)
            try await expectEqual(Set(pauses.pauses(now: now).keys), model.pausedJobs(now: now), "paused")
        } else {
            try await ledger.setPaused(isPaused, some)
            model.setPaused(isPaused, some, now: now)
            try await expect(ledger.pausedJobs().isSuperset(of: model.pausedJobs(now: now)), "paused")
        }
    }

    private mutating func assert() async throws {
        let marks = [dice.pick(jobs): instant()]
        try await ledger.assert(marks)
        model.assert(marks)
    }

    private mutating func rewind() async throws {
        let limit = now.instant + dice.number(-20...20), mark = limit - dice.number(0...20)
        try await expectEqual(
            ledger.rewind(marksAfter: limit, to: mark), model.rewind(marksAfter: limit, to: mark), "rewound")
    }

    /// The next life, and what it takes over.
    private mutating func restart() async throws {
        await ledger.close(now: now)
        model.lastSeen = now
        ledger = try await reopen(ledger)
        try await open()
        let theirs = try await ledger.sweep(now: now), ours = model.sweep(now: now)
        try expectEqual(theirs.map { "\($0.run) \($0.attempt)" }, ours.map { "\($0.run) \($0.attempt)" }, "swept")
        for (their, our) in zip(theirs, ours) {
            try expectEqual(their.claim, our.claim, "claim of \(our.run)")
            try expectEqual(their.startedAt, our.startedAt, "start of \(our.run)")
            try expectEqual(their.ownerSeenAt, our.ownerSeenAt, "owner of \(our.run)")
            guard let place = won.firstIndex(where: { $0.claim.run == our.run && $0.claim.attempt == our.attempt }) else { continue }
            won[place].fences = (our.fence, their.fence)
        }
    }

    private mutating func renew() async throws {
        let some = won.suffix(4)
        func open(_ one: Won, _ fence: Int64) -> OpenRun {
            OpenRun(run: one.claim.run, attempt: one.claim.attempt, fence: fence, startedAt: nil, process: nil)
        }
        let theirs = try await ledger.renew(some.map { open($0, $0.fences.ledger) }, now: now)
        let ours = model.lost(some.map { open($0, $0.fences.model) })
        try expectEqual(theirs.map(\.run), ours.map(\.run), "lost")
    }

    private mutating func retain() async throws {
        let present = Set(jobs.filter { _ in !dice.once(in: 4) })
        try await ledger.retain(present, now: now)
        model.retain(present, now: now)
        // What is gone for long enough is forgotten.
        if dice.once(in: 5) { now = now + .seconds(31 * 86_400) }
    }

    private mutating func prune() async throws {
        let retention = Retention(age: .seconds(dice.number(60...3600)), runsPerJob: Int(dice.number(5...50)))
        try await ledger.prune(retention, now: now)
        model.prune(retention, now: now)
    }

    // MARK: Facts and output

    private mutating func wantFacts(_ isWanted: Bool) async throws {
        try await keeping.wantFacts(isWanted, ledger, &model)
        model.keepsFacts = isWanted
    }

    private mutating func keepOutput() async throws {
        guard !won.isEmpty else { return }
        let one = dice.pick(won).claim, other = dice.pick(won).claim
        try await keeping.compareOutput(of: one, and: other, ledger, &model, &dice)
    }

    // MARK: Looks

    private mutating func look() async throws {
        let job = dice.pick(jobs), at = instant()
        try await compare(ledger.record(of: job, at: at), model.record(of: job, at: at), "record of \(job) at \(at.seconds)")
        try await expectEqual(ledger.watermarks(), model.watermarks, "watermarks")
        try await keeping.compareFacts(ledger, model)
    }

    private func compare(_ their: RunRecord?, _ our: RunRecord?, _ what: String) throws { try expectEqual(their, our, what) }

    private mutating func compareAll() async throws {
        try await keeping.compareFacts(ledger, model)
        try await expectEqual(ledger.watermarks(), model.watermarks, "watermarks")
        for job in jobs {
            try await expectEqual(ledger.history(of: job, limit: 1000), model.history(of: job, limit: 1000), "history of \(job)")
        }
    }
}
