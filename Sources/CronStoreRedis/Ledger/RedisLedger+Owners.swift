public import CronExpressions
public import CronJobs

// The verbs about who owns what.

extension RedisLedger: RequestStore {
    /// A life begins; nodes of this host whose processes are gone are followed up at once.
    public func open(bootID: String, now: WallTime) async throws(StoreError) -> LedgerOpening {
        self.bootID = bootID
        let secret = LedgerOpening.newSecret()
        let reply = try await evaluate(.open, [.int(now.nanoseconds), .text(secret)]).elements ?? []
        try await abandonTheDead()
        let seen = reply.at(1)?.number.map { WallTime(nanoseconds: $0) }
        return LedgerOpening(incarnation: reply.first?.number ?? 0, lastSeen: seen, secret: reply.at(2)?.text ?? secret)
    }

    /// Also while nothing runs: the others know of this node by it.
    public func renew(_ runs: [OpenRun], now: WallTime) async throws(StoreError) -> [OpenRun] { try await renewal(of: runs, now: now).lost }

    /// Also tells the others that this node lives, and learns who else does and what the server's clock shows.
    public func renewal(of runs: [OpenRun], now: WallTime) async throws(StoreError) -> Renewal {
        var renewal = Renewal()
        for batch in runs.isEmpty ? [[]] : runs.portions(of: 2 * Self.portion) {
            _ = try await reachedForTiming()
            var arguments: [RedisCommand.Word] = [.text(memory.pauses.mark), .text(ownZone)]
            for run in batch { arguments += [.text(AttemptKey(run.run, run.attempt).text), .int(run.fence)] }
            let sent = clock.monotonic
            var reply = try await ask(.renew, now: now, arguments)
            if let answer = clockAnswer(reply.elements?.first, sent: sent) { heard(answer) }
            // It forgot, and now is told: what it does not know may be ours all the same.
            if heardOfSettling(until: reply.elements?.at(2)?.number) { reply = try await ask(.renew, now: now, arguments) }
            add(reply, about: batch, to: &renewal)
        }
        for run in renewal.lost + renewal.handedOver.map(\.run) where memory.held[AttemptKey(run.run, run.attempt)]?.fence == run.fence {
            memory.held[AttemptKey(run.run, run.attempt)] = nil
        }
        for asked in renewal.requests { memory.held[AttemptKey(asked.run.run, asked.run.attempt)]?.request = asked.request }
        return renewal
    }

    private func add(_ reply: RESPValue, about batch: ArraySlice<OpenRun>, to renewal: inout Renewal) {
        func run(_ place: Int) -> OpenRun? { (0..<batch.count).contains(place) ? batch[batch.startIndex + place] : nil }
        func run(from word: RESPValue) -> OpenRun? { word.number.flatMap { $0 >= 1 ? run(Int(clamping: $0 - 1)) : nil } }
        renewal.lost += hear(reply).compactMap { run($0) }
        for (place, node) in reply.elements?.at(10)?.pairs ?? [] {
            guard let run = run(from: place) else { continue }
            renewal.handedOver.append(.init(run: run, to: RowText.decoded(node.text ?? "")))
        }
        for (place, word) in reply.elements?.at(11)?.pairs ?? [] {
            guard let run = run(from: place), let request = word.text.flatMap({ RunRequest(stored: RowText.decoded($0)) }) else { continue }
            renewal.requests.append(.init(run: run, request: request))
        }
    }

    /// Of the last attempt that is open; its owner hears of it with its next renewal.
    public func request(_ kind: RunRequest.Kind, of run: RunID, by: String, now: WallTime) async throws(StoreError) -> Bool {
        let word = RowText.encoded(RunRequest(kind, by: by, at: now).stored)
        return try await evaluate(.request, [.text(run.job.description), .text(run.occasion.description), .text(word)]).number == 1
    }

    /// What a script's answer that came now tells of the server's clock, which it gives in microseconds.
    func clockAnswer(_ microseconds: RESPValue?, sent: MonotonicTime) -> ClockEstimate.Answer? {
        guard let microseconds = microseconds?.number, let theirs = WallTime(microseconds: microseconds) else { return nil }
        return ClockEstimate.Answer(theirs: theirs, sent: sent, received: clock.monotonic)
    }

    /// Connects, if that is to be done, before the clock is looked at.
    private func reachedForTiming() async throws(StoreError) {
        do throws(RedisError) { _ = try await reached() } catch { throw StoreError(error) }
    }

    /// What this node holds is renewed first, so that its own lateness takes nothing from it. Nothing while the server settles.
    public func sweep(now: WallTime) async throws(StoreError) -> [OpenRun] {
        // What this node still executes is not its own to sweep, however late the renewal is.
        _ = try await renew(
            memory.held.map { OpenRun(run: $0.run, attempt: $0.attempt, fence: $1.fence, startedAt: nil, process: nil) }, now: now)
        var swept: [(order: Int64, run: OpenRun)] = []
        while true {
            let replies = try await ask(.sweep, now: now, [.int(Self.portion)]).elements ?? []
            swept += replies.compactMap { taken($0.elements ?? [], now: now) }
            if replies.count < Self.portion { break }
        }
        return swept.sorted { $0.order < $1.order }.map(\.run)
    }

    private func taken(_ reply: [RESPValue], now: WallTime) -> (order: Int64, run: OpenRun)? {
        guard let key = reply.first?.text.flatMap({ AttemptKey($0) }), let order = reply.at(1)?.number, let fence = reply.at(2)?.number
        else { return nil }
        memory.saw(fence: fence)
        var process: ProcessIdentity?
        if let boot = reply.at(4)?.text, boot != "-", RowText.decoded(boot) == bootID, let pid = reply.at(5)?.number,
            let ticks = reply.at(6)?.number
        {
            process = ProcessIdentity(pid: Int32(clamping: pid), startTicks: ticks)
        }
        let started = reply.at(3)?.number.map { WallTime(nanoseconds: $0) }
        let (trigger, by, request) = AttemptWords.trigger(reply.at(7)?.text ?? "")
        let claim = OpenRun.Claimed(
            trigger: trigger ?? .scheduled, first: Instant(reply.at(8)?.number ?? 0), count: Int(clamping: reply.at(9)?.number ?? 1),
            by: by)
        // A lease was last renewed its own length before its end, or its owner gave it up at the end.
        let silence =
            options.leaseDuration.wholeNanoseconds &+ (reply.at(10)?.number ?? 0).multipliedReportingOverflow(by: 1_000_000).partialValue
        let run = OpenRun(
            run: key.run, attempt: key.attempt, fence: fence, startedAt: started, process: process, claim: claim,
            ownerSeenAt: now - .nanoseconds(silence), state: AttemptWords.state(reply.at(11)?.text ?? ""), request: request)
        return (order, run)
    }

    /// In portions; never lowers one, and is remembered here, too.
    public func assert(_ marks: [JobID: Instant]) async throws(StoreError) {
        for (job, mark) in marks { memory.saw(mark, of: job) }
        for batch in assertions(marks: marks, pauses: [:], attempts: []) { _ = hear(try await ask(batch.script, batch.arguments)) }
    }

    /// A script that tells what we remember: its own arguments, and the attempts that it is asked about.
    typealias Telling = (script: RedisScript, arguments: [RedisCommand.Word], attempts: [AttemptKey])

    /// What `assert` is asked with, a portion at a time.
    func assertions(
        marks: [JobID: Instant], pauses: [JobID: PauseMemory.Word], attempts: [(AttemptKey, LedgerMemory.Held)]
    ) -> [Telling] {
        var batches: [Telling] = []
        for batch in Array(marks).portions(of: 2000) {
            var arguments: [RedisCommand.Word] = [.int(batch.count), "0"]
            for (job, mark) in batch { arguments += [.text(job.description), .int(mark.seconds)] }
            batches.append((.assert, arguments, []))
        }
        for batch in Array(pauses).portions(of: 2000) {
            var arguments: [RedisCommand.Word] = ["0", .int(batch.count)]
            for (job, word) in batch { arguments += [.text(job.description), .text(word.text)] }
            batches.append((.assert, arguments, []))
        }
        for batch in attempts.portions(of: Self.portion) {
            var arguments: [RedisCommand.Word] = ["0", "0"]
            for (key, held) in batch { arguments += words(key, held) }
            batches.append((.assert, arguments, batch.map(\.0)))
        }
        return batches
    }

    /// The outcomes that the engine may have lost, a portion at a time.
    func reminders() -> [Telling] {
        memory.recorded.all.portions(of: Self.portion).map { batch in
            let arguments = batch.flatMap { entry -> [RedisCommand.Word] in
                [
                    .text(entry.key.run.job.description), .text(entry.key.field), .int(entry.fence), .text(entry.row), .bytes(entry.tail),
                ]
            }
            return (.remind, arguments, [])
        }
    }

    private func words(_ key: AttemptKey, _ held: LedgerMemory.Held) -> [RedisCommand.Word] {
        [
            .text(key.run.job.description), .text(key.field), .int(held.fence),
            .text(AttemptWords.word(held.isRunning ? .running : held.pool.map { .queued(pool: $0) } ?? .claimed)),
            .maybe(held.startedAt?.nanoseconds), "-", .maybe(held.process.map { Int64($0.pid) }), .maybe(held.process?.startTicks),
            .int(held.first.seconds), .int(held.count), .text(AttemptWords.word(held.trigger, by: held.by, held.request)),
            .int(held.claimedAt.nanoseconds), .int(held.token),
        ]
    }

    /// Hands over at once what it holds, if it reaches the server; else its leases run out.
    public func close(now: WallTime) async {
        if await client.isConnected { _ = try? await ask(.release, now: now, [.int(now.nanoseconds)]) }
        await client.close()
    }
}
