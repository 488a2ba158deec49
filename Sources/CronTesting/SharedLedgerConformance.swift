internal import CronExpressions
public import CronJobs

/// What every `SharedLedger` does beyond `Ledger`, sentence by sentence. Each check gets nodes of one empty ledger from `make`; a node's
/// leases are shorter than the real ones where the maker says so.
public enum SharedLedgerConformance {
    /// A further node of the same ledger, on a host of its own, on which `open` was not called yet.
    public typealias Make = @Sendable () async throws -> any SharedLedger
    /// Lets every lease that is not renewed run out.
    public typealias Expire = @Sendable () async throws -> Void
    public typealias Check = @Sendable (_ make: Make, _ expire: Expire) async throws -> Void

    public static let checks: [(name: String, run: Check)] = claims + dispatch

    /// What every one does.
    public static let claims: [(name: String, run: Check)] = [
        ("every process is a node of its own, and all learn of each other", nodes),
        ("of two nodes that race for many fire times, each is won once", race),
        ("a run that is open anywhere counts against its job's limit", limit),
        ("of a range that others decided in part, the rest is to be claimed", part),
        ("a claim after its start deadline is late, recorded as missed", late),
        ("the gate opens once", gate),
        ("an attempt whose lease ran out is swept by one node, under a new fence; the old owner is refused", sweep),
        ("a renewed lease does not run out", renewed),
        ("a node that closes hands over at once", handover),
        ("a request from any node reaches the owner with its renewal", request),
        ("a run of which somebody asked that it ends is given no further attempt, whoever tries", unwanted),
        ("all nodes hear that a stored job was put or removed", storedJobs),
    ]

    /// What one does that also passes runs on, to workers and to other hosts. Schedulers of programs do not ask for it.
    public static let dispatch: [(name: String, run: Check)] = [
        ("a worker takes what is queued in its pool, and owns it; who put it there hears to whom it went", pool),
        ("what is queued and not renewed is taken over as it is, and the old fence opens no gate", queuedSweep),
        ("a run that was taken over ran where it ran, whoever ends it", ranAt),
        ("a run for another host is handed to it once, as long as it stands", orders),
    ]

    static let a = LedgerConformance.a, b = LedgerConformance.b

    static func node(_ make: Make) async throws -> any SharedLedger {
        let ledger = try await make()
        _ = try await ledger.open(bootID: LedgerConformance.boot, now: LedgerConformance.wall(0))
        return ledger
    }

    static func open(_ claim: Claim, fence: Int64) -> OpenRun {
        OpenRun(run: claim.run, attempt: claim.attempt, fence: fence, startedAt: nil, process: nil)
    }

    private static let nodes: Check = { make, _ in
        let one = try await node(make), two = try await node(make)
        try expect(one.node != two.node, "different names")
        for ledger in [one, two, one] { _ = try await ledger.renew([], now: LedgerConformance.wall(0)) }
        try await expectEqual(one.view().nodes, [one.node, two.node].sorted(), "nodes")
        try expect(await one.view().clockOffset != nil, "the clock was compared")
        let names = await one.view().nodes
        try expectEqual(Set([one, two].map { $0.rank(of: a, among: names) }), [0, 1], "ranks")
        await two.close(now: LedgerConformance.wall(1))
        _ = try await one.renew([], now: LedgerConformance.wall(1))
        try await expectEqual(one.view().nodes, [one.node], "who closed is gone")
    }

    private static let race: Check = { make, _ in
        let nodes = [try await node(make), try await node(make), try await node(make)]
        let jobs = (0..<20).map { JobID("job-\($0)") }
        for second in Int64(1)...10 {
            let claims = jobs.map { LedgerConformance.claim($0, second) }
            let won = try await withThrowingTaskGroup(of: [RunID].self) { group in
                for ledger in nodes {
                    group.addTask {
                        let answers = try await ledger.claim(claims, now: LedgerConformance.wall(second))
                        return zip(claims, answers).compactMap { if case .won = $1 { $0.run } else { nil } }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            try expectEqual(won.count, jobs.count, "each once in second \(second)")
            try expectEqual(Set(won).count, jobs.count, "none twice")
        }
    }

    private static let part: Check = { make, _ in
        let one = try await node(make), two = try await node(make)
        var range = LedgerConformance.claim(a, 180), rest = range
        (range.first, range.count) = (LedgerConformance.at(60), 3)
        (rest.first, rest.count) = (LedgerConformance.at(180), 1)
        _ = try await LedgerConformance.won(one, LedgerConformance.claim(a, 120))
        try await expectEqual(
            two.claim([range], now: LedgerConformance.wall(180)), [.taken(watermark: LedgerConformance.at(120))], "decided up to there")
        try await expectEqual(two.record(of: a, at: LedgerConformance.at(180))?.outcome, nil, "nothing is decided by it")
        _ = try await LedgerConformance.won(two, rest)
    }

    private static let limit: Check = { make, _ in
        let one = try await node(make), two = try await node(make)
        var first = LedgerConformance.claim(a, 60), second = LedgerConformance.claim(a, 120), third = LedgerConformance.claim(a, 180)
        first.concurrencyLimit = 1
        second.concurrencyLimit = 1
        third.concurrencyLimit = 1
        let fence = try await LedgerConformance.won(one, first)
        try await expectEqual(two.claim([second], now: LedgerConformance.wall(120)), [.skipped(.overlap)], "beside it")
        try await expectEqual(two.record(of: a, at: LedgerConformance.at(120))?.outcome, .skipped(.overlap), "recorded")
        try await expectEqual(
            one.claim([second], now: LedgerConformance.wall(120)), [.taken(watermark: LedgerConformance.at(120))], "decided")
        // Asked for by somebody, too: unless it is to start beside what runs.
        var manual = LedgerConformance.claim(a, 130)
        (manual.run, manual.trigger) = (RunID(job: a, .manual(LedgerConformance.at(130), 7)), .manual)
        manual.concurrencyLimit = 1
        try await expectEqual(two.claim([manual], now: LedgerConformance.wall(130)), [.skipped(.overlap)], "asked for beside it")
        try await expectEqual(two.history(of: a, limit: 1).first?.trigger, .manual, "recorded as asked for")
        (manual.run, manual.concurrencyLimit) = (RunID(job: a, .manual(LedgerConformance.at(130), 8)), nil)
        let forced = try await LedgerConformance.won(two, manual)
        _ = try await two.finish([LedgerConformance.finish(manual.run, fence: forced)])
        _ = try await one.finish([LedgerConformance.finish(first.run, fence: fence)])
        _ = try await LedgerConformance.won(two, third)
    }

    private static let late: Check = { make, _ in
        let ledger = try await node(make)
        var claim = Claim(
            run: LedgerConformance.run(a, 300), trigger: .catchUp, first: LedgerConformance.at(60), count: 5, since: LedgerConformance.at(0)
        )
        claim.startDeadline = LedgerConformance.wall(360)
        try await expectEqual(ledger.claim([claim], now: LedgerConformance.wall(300)), [.late], "by the store's clock")
        let record = try unwrap(try await ledger.record(of: a, at: LedgerConformance.at(120)), "record")
        try expectEqual(record.outcome, .missed(5), "outcome")
        try expectEqual(record.count, 5, "count")
        try await expectEqual(ledger.watermarks(), [a: LedgerConformance.at(300)], "watermark")
    }

    private static let gate: Check = { make, _ in
        let one = try await node(make), two = try await node(make)
        let claim = LedgerConformance.claim(a, 60), fence = try await LedgerConformance.won(one, claim)
        let start = Start(run: claim.run, fence: fence, at: LedgerConformance.wall(61), process: nil)
        var stale = start, unknown = start
        stale.fence -= 1
        unknown.run = LedgerConformance.run(b, 60)
        try await expectEqual(one.mayStart([stale, unknown]), [.stale, .gone], "not ours")
        try await expectEqual(one.mayStart([start]), [.go], "first")
        try await expectEqual(one.mayStart([start]), [.duplicate(node: one.node)], "again")
        try await expectEqual(two.mayStart([start]), [.duplicate(node: one.node)], "another node")
        try await expectEqual(one.finish([LedgerConformance.finish(claim.run, fence: fence)]), [true], "finished")
        try await expectEqual(one.mayStart([start]), [.gone], "decided")
    }

    private static let sweep: Check = { make, expire in
        let one = try await node(make), two = try await node(make), three = try await node(make)
        let claim = LedgerConformance.claim(a, 60), fence = try await LedgerConformance.won(one, claim)
        try await expectEqual(two.sweep(now: LedgerConformance.wall(1)), [], "the lease holds")
        try await expire()
        async let byTwo = two.sweep(now: LedgerConformance.wall(100))
        async let byThree = three.sweep(now: LedgerConformance.wall(100))
        let (foundByTwo, foundByThree) = try await (byTwo, byThree)
        let swept = foundByTwo + foundByThree, owner = foundByTwo.isEmpty ? three : two
        try expectEqual(swept.map(\.run), [claim.run], "once")
        let new = try unwrap(swept.first, "swept").fence
        try expect(new > fence, "a new fence")
        let start = Start(run: claim.run, fence: fence, at: LedgerConformance.wall(101), process: nil)
        try await expectEqual(one.mayStart([start]), [.stale], "the old owner may not start")
        try await expectEqual(one.renew([open(claim, fence: fence)], now: LedgerConformance.wall(101)).map(\.run), [claim.run], "nor renew")
        try await expectEqual(one.finish([LedgerConformance.finish(claim.run, fence: fence)]), [false], "nor finish")
        try await expectEqual(owner.finish([LedgerConformance.finish(claim.run, fence: new, .interrupted)]), [true], "the new one may")
    }

    private static let renewed: Check = { make, expire in
        let one = try await node(make), two = try await node(make)
        let claim = LedgerConformance.claim(a, 60), fence = try await LedgerConformance.won(one, claim)
        try await expire()
        try await expectEqual(one.renew([open(claim, fence: fence)], now: LedgerConformance.wall(100)), [], "still ours")
        try await expectEqual(two.sweep(now: LedgerConformance.wall(100)), [], "nothing to sweep")
    }

    private static let handover: Check = { make, _ in
        let one = try await node(make), two = try await node(make)
        let claim = LedgerConformance.claim(a, 60)
        _ = try await LedgerConformance.won(one, claim)
        await one.close(now: LedgerConformance.wall(61))
        try await expectEqual(two.sweep(now: LedgerConformance.wall(62)).map(\.run), [claim.run], "swept")
        _ = try await LedgerConformance.won(two, LedgerConformance.claim(a, 120))
    }

    private static func queued(_ seconds: Int64, in pool: String) -> Claim {
        var claim = LedgerConformance.claim(a, seconds)
        claim.pool = pool
        return claim
    }

    private static let pool: Check = { make, expire in
        let dispatcher = try await node(make), worker = try await node(make), other = try await node(make)
        let claim = queued(60, in: "gpu"), fence = try await LedgerConformance.won(dispatcher, claim)
        let start = Start(run: claim.run, fence: fence, at: LedgerConformance.wall(61), process: nil)
        try await expectEqual(worker.mayStart([start]), [.elsewhere(.queued(pool: "gpu"))], "not claimed")
        try await expectEqual(worker.mayStart([start], from: .queued(pool: "cpu")), [.elsewhere(.queued(pool: "gpu"))], "another pool")
        try await expectEqual(dispatcher.renewal(of: [open(claim, fence: fence)], now: start.at), Renewal(), "its own")
        let foreign = try await other.renewal(of: [open(claim, fence: fence)], now: start.at).handedOver
        try expectEqual(foreign.map(\.to), [dispatcher.node], "nobody else renews it")
        try await expectEqual(worker.mayStart([start], from: .queued(pool: "gpu")), [.go], "taken")
        try await expectEqual(other.mayStart([start], from: .queued(pool: "gpu")), [.duplicate(node: worker.node)], "once")
        let heard = try await dispatcher.renewal(of: [open(claim, fence: fence)], now: start.at)
        try expectEqual(heard, Renewal(handedOver: [.init(run: open(claim, fence: fence), to: worker.node)]), "handed over")
        let end = LedgerConformance.finish(claim.run, fence: fence, .undelivered("expired"))
        try await expectEqual(dispatcher.finish([end]), [false], "it is not its any more")
        try await expire()
        try await expectEqual(worker.renewal(of: [open(claim, fence: fence)], now: start.at), Renewal(), "the worker renews it")
        try await expectEqual(other.sweep(now: LedgerConformance.wall(100)), [], "nothing to sweep")
        try await expectEqual(worker.finish([LedgerConformance.finish(claim.run, fence: fence)]), [true], "and ends it")
        let plain = LedgerConformance.claim(b, 60), second = try await LedgerConformance.won(dispatcher, plain)
        let claimed = Start(run: plain.run, fence: second, at: start.at, process: nil)
        try await expectEqual(dispatcher.mayStart([claimed], from: .queued(pool: "gpu")), [.elsewhere(.claimed)], "claimed is not queued")
    }

    private static let queuedSweep: Check = { make, expire in
        let one = try await node(make), two = try await node(make), worker = try await node(make)
        let claim = queued(60, in: "gpu"), fence = try await LedgerConformance.won(one, claim)
        try await expire()
        let swept = try await two.sweep(now: LedgerConformance.wall(100))
        try expectEqual(swept.map(\.state), [.queued(pool: "gpu")], "as it was")
        let new = try unwrap(swept.first, "swept").fence
        var start = Start(run: claim.run, fence: fence, at: LedgerConformance.wall(101), process: nil)
        try await expectEqual(worker.mayStart([start], from: .queued(pool: "gpu")), [.stale], "the message of the old owner")
        start.fence = new
        try await expectEqual(worker.mayStart([start], from: .queued(pool: "gpu")), [.go], "the message of the new one")
    }

    private static let ranAt: Check = { make, expire in
        let one = try await node(make), two = try await node(make), worker = try await node(make)
        let owners = try unwrap(two.owners, "it knows who had a run")
        let claim = LedgerConformance.claim(a, 60), fence = try await LedgerConformance.won(one, claim)
        let process = ProcessIdentity(pid: 42, startTicks: 4711)
        try await one.start([Start(run: claim.run, fence: fence, at: LedgerConformance.wall(61), process: process)])
        var owner = try unwrap(try await owners.owner(of: claim.run, attempt: 1), "its owner")
        try expect(owner.host != nil, "a host")
        // Twice, and the second who takes it over watches its process to its end.
        for node in [two, worker] {
            try await expire()
            owner.fence = try unwrap(try await node.sweep(now: LedgerConformance.wall(100)).first, "swept").fence
            try await expectEqual(owners.owner(of: claim.run, attempt: 1), owner, "while it is open")
        }
        try await worker.start([Start(run: claim.run, fence: owner.fence, at: LedgerConformance.wall(61), process: process)])
        try await expectEqual(worker.finish([LedgerConformance.finish(claim.run, fence: owner.fence, .interrupted)]), [true], "ended")
        try await expectEqual(owners.owner(of: claim.run, attempt: 1), owner, "and after")
        // What was never started runs where it is started.
        let sent = queued(120, in: "gpu")
        _ = try await LedgerConformance.won(one, sent)
        try await expire()
        let new = try unwrap(try await two.sweep(now: LedgerConformance.wall(100)).first, "swept").fence
        let start = Start(run: sent.run, fence: new, at: LedgerConformance.wall(101), process: nil)
        try await expectEqual(worker.mayStart([start], from: .queued(pool: "gpu")), [.go], "started")
        let host = try await owners.owner(of: sent.run, attempt: 1)?.host
        try expect(host != nil && host != owner.host, "at its worker: \(host ?? "nobody")")
    }

    private static let request: Check = { make, _ in
        let one = try await node(make), two = try await node(make)
        let claim = LedgerConformance.claim(a, 60), fence = try await LedgerConformance.won(one, claim)
        let requests = try unwrap(two.requests, "it passes on requests")
        try await expectEqual(requests.request(.cancel, of: claim.run, by: "two", now: LedgerConformance.wall(61)), true, "asked")
        let heard = try await one.renewal(of: [open(claim, fence: fence)], now: LedgerConformance.wall(62))
        try expectEqual(heard.requests.map(\.request), [RunRequest(.cancel, by: "two", at: LedgerConformance.wall(61))], "heard")
    }

    private static let unwanted: Check = { make, _ in
        let one = try await node(make), two = try await node(make)
        let claim = LedgerConformance.claim(a, 60), other = LedgerConformance.claim(b, 60)
        let fences = try await [LedgerConformance.won(one, claim), LedgerConformance.won(one, other)]
        let requests = try unwrap(two.requests, "it passes on requests")
        try await expectEqual(requests.request(.cancel, of: claim.run, by: "two", now: LedgerConformance.wall(61)), true, "asked")
        // They fail by themselves before their owner has heard of that.
        for (claim, fence) in zip([claim, other], fences) {
            _ = try await one.finish([LedgerConformance.finish(claim.run, fence: fence, .failed(.exit(1)))])
        }
        var further = [claim, other]
        for place in further.indices { further[place].attempt = 2 }
        for ledger in [one, two] {
            try await expectEqual(
                ledger.claim([further[0]], now: LedgerConformance.wall(63)), [.taken(watermark: LedgerConformance.at(60))], "unwanted")
        }
        try await expectEqual(one.history(of: a, limit: 9).map(\.attempt), [1], "nothing is entered")
        _ = try await LedgerConformance.won(two, further[1])
    }

    private static let orders: Check = { make, _ in
        let one = try await node(make), two = try await node(make), orders = try unwrap(one.orders, "it passes on orders")
        func mark() async throws -> Int64 {
            _ = try await two.renew([], now: LedgerConformance.wall(1))
            return await two.view().orders
        }
        let first = try await mark(), run = RunID(job: a, .manual(LedgerConformance.at(60), 7))
        let order = PassedOrder(run, host: "web 2", isForced: true, by: "uid 7, host née", left: .seconds(600))
        try await expectEqual(orders.passOn(order), true, "passed on")
        let late = PassedOrder(RunID(job: b, .manual(LedgerConformance.at(60), 8)), host: "web 2", by: "me", left: .milliseconds(-1))
        try await expectEqual(orders.passOn(late), true, "passed on")
        try await expect(mark() != first, "its host hears of it")
        let theirs = try unwrap(two.orders, "it passes on orders")
        try await expectEqual(theirs.orders(for: "web"), [], "it is another host's")
        let found = try await theirs.orders(for: "web 2")
        try expectEqual(found.map(\.run), [run], "what stands")
        try expectEqual(found.map(\.by), [order.by], "who asked")
        try expect(found.first?.isForced == true && found.first.map { $0.left <= order.left } ?? false, "as it was said")
        try await expectEqual(theirs.removeOrder(run), true, "taken")
        try await expectEqual(orders.removeOrder(run), false, "it is gone")
        try await expectEqual(theirs.orders(for: "web 2"), [], "nothing is left")
    }

    private static let storedJobs: Check = { make, _ in
        let one = try await node(make), two = try await node(make), jobs = try unwrap(one.jobs, "it keeps jobs")
        func mark() async throws -> Int64 {
            _ = try await two.renew([], now: LedgerConformance.wall(1))
            return await two.view().storedJobs
        }
        let first = try await mark()
        let job = StoredJob(id: JobID("at:1"), schedule: "", action: [], origin: .once, author: "")
        _ = try await jobs.put(job, replacing: nil, now: LedgerConformance.wall(1))
        let second = try await mark()
        try expect(first != second, "put")
        try await expectEqual(mark(), second, "nothing changed")
        _ = try await jobs.removeStoredJob(job.id, revision: nil)
        try await expect(mark() != second, "removed")
    }
}
