public import CronJobs
internal import CronExpressions
internal import NIOCore

// The verbs that decide or record. A batch goes in portions of a few hundred; where one of them fails the call throws, and what the earlier
// ones won counts as never answered.

extension RedisLedger {
    static let portion = 250

    /// A script for each 250; where one fails the call throws, and what earlier ones won is handed out when it is asked for again.
    public func claim(_ claims: [Claim], now: WallTime) async throws(StoreError) -> [ClaimAnswer] {
        do throws(StoreError) { return try await claimOnce(claims, now: now) } catch {
            // Portions that are on their way do not give up output by themselves.
            guard error.code == .full, try await givesUpOutput() else { throw error }
        }
        return try await claimOnce(claims, now: now)
    }

    private func claimOnce(_ claims: [Claim], now: WallTime) async throws(StoreError) -> [ClaimAnswer] {
        let token = memory.newToken()
        var answers: [ClaimAnswer] = []
        do throws(StoreError) {
            let portions = Self.portions(claims)
            if portions.count > 1, Set(claims.lazy.map(\.run.job)).count == claims.count {
                answers = try await claim(portions, token: token, now: now)
            } else {
                for batch in portions { answers += try await claim(batch, token: token, now: now) }
            }
        } catch {
            memory.noAnswer(to: token)
            throw error
        }
        return answers
    }

    private func claim(_ batch: ArraySlice<Claim>, token: Int64, now: WallTime) async throws(StoreError) -> [ClaimAnswer] {
        try await following { _ async throws(RedisError) in
            try await self.claim(batch, token: token, now: now, isClockSure: false)
        }
    }

    /// All claims of a portion are entered in the same state.
    private static func portions(_ claims: [Claim]) -> [ArraySlice<Claim>] {
        var portions: [ArraySlice<Claim>] = [], start = 0
        for index in claims.indices where index - start == portion || claims[index].pool != claims[start].pool {
            portions.append(claims[start..<index])
            start = index
        }
        return start < claims.count ? portions + [claims[start...]] : portions
    }

    private func givesUpOutput() async throws(StoreError) -> Bool {
        do throws(RedisError) { return await giveUpOutput(on: try await reached()) } catch { throw StoreError(error) }
    }

    /// - Parameter isClockSure: the server's clock was heard just now; that this call takes long says nothing about it.
    private func claim(
        _ batch: ArraySlice<Claim>, token: Int64, now: WallTime, isClockSure: Bool
    ) async throws(RedisError) -> [ClaimAnswer] {
        let link = try await reached(), asked = AskedAt(clock)
        let words = words(batch, token: token, now: now, link, clock: isClockSure ? nil : asked.wall)
        let reply = try await link.connection.evaluate(.claim, key: prefix + "meta", words)
        return try await taken(batch, reply, token: token, now: now, asked, on: link.connection)
    }

    /// When a question was asked, by both clocks.
    private struct AskedAt {
        var wall: WallTime
        var sent: MonotonicTime

        /// - Parameter first: of the same batch: what comes after it was planned by the same clock, whatever was heard of it meanwhile.
        init(_ clock: StoreClock, after first: AskedAt? = nil) {
            (wall, sent) = (clock.wall, clock.monotonic)
            if let first { wall = first.wall + (sent - first.sent) }
        }

        /// The server's clock is not what it was taken for, and not because the answer took long.
        func isWrong(_ answer: ClockEstimate.Answer) -> Bool {
            let early = wall - answer.theirs, late = (answer.theirs - wall) - (answer.received - sent)
            return max(early, late) > ClockEstimate.tolerance
        }
    }

    /// Claims on their way to the server.
    private struct Asked {
        var batch: ArraySlice<Claim>
        var connection: RedisConnection
        var at: AskedAt
        var reply: EventLoopFuture<[RESPValue]>
    }

    /// Two portions are on their way at any time: while the server decides about one, the next is put into words. None has a job of another,
    /// so that one may fail and the next succeed. The first brings the script along.
    private func claim(_ portions: [ArraySlice<Claim>], token: Int64, now: WallTime) async throws(StoreError) -> [ClaimAnswer] {
        var all: [ClaimAnswer] = [], before: Asked?, first: AskedAt?
        do throws(RedisError) {
            for batch in portions {
                let asked = try await ask(batch, after: first, token: token, now: now)
                first = first ?? asked.at
                if let before { all += try await answers(to: before, token: token, now: now) }
                before = asked
            }
            if let before { all += try await answers(to: before, token: token, now: now) }
        } catch { throw StoreError(error) }
        return all
    }

    private func ask(_ batch: ArraySlice<Claim>, after first: AskedAt?, token: Int64, now: WallTime) async throws(RedisError) -> Asked {
        let link = try await reached(), script = RedisScript.claim, asked = AskedAt(clock, after: first)
        let name: [RedisCommand.Word] = first == nil ? ["EVAL", .text(script.source)] : ["EVALSHA", .text(script.hash)]
        let command = RedisCommand(name + ["1", .text(prefix + "meta")] + words(batch, token: token, now: now, link, clock: asked.wall))
        return Asked(batch: batch, connection: link.connection, at: asked, reply: link.connection.begin([command]))
    }

    private func answers(to asked: Asked, token: Int64, now: WallTime) async throws(RedisError) -> [ClaimAnswer] {
        let reply = try await asked.connection.finish(asked.reply).first ?? .null
        if case .error(let words) = reply { throw RedisScript.claim.naming(asked.connection.failure(words), key: prefix + "meta") }
        return try await taken(asked.batch, reply, token: token, now: now, asked.at, on: asked.connection)
    }

    private func taken(
        _ batch: ArraySlice<Claim>, _ reply: RESPValue, token: Int64, now: WallTime, _ asked: AskedAt, on connection: RedisConnection
    ) async throws(RedisError) -> [ClaimAnswer] {
        let replies = reply.elements ?? []
        if replies.first?.text == "CLOCK", let answer = clockAnswer(replies.at(1), sent: asked.sent) {
            heard(answer)
            // The caller decides again, by the clock as it is now.
            if asked.isWrong(answer) { return batch.map { _ in .later(.milliseconds(1)) } }
            return try await claim(batch, token: token, now: now, isClockSure: true)
        }
        guard replies.count == batch.count else {
            throw RedisError(.notRedis, connection.peer.name, "\(replies.count) answers to \(batch.count) claims")
        }
        let answers = zip(batch, replies).map { answer($0, $1, token: token, now: now) }
        return try await confirmed(batch, answers, on: connection, now: now)
    }

    private func words(
        _ batch: ArraySlice<Claim>, token: Int64, now: WallTime, _ link: RedisClient.Link, clock: WallTime?
    ) -> [RedisCommand.Word] {
        var arguments = head(now, link)
        arguments.reserveCapacity(arguments.count + 4 + 10 * batch.count)
        arguments += [.int(token), options.earliness.map { .int($0.wholeMilliseconds) } ?? ""]
        arguments.append(options.earliness == nil ? "" : clock.map { .int($0.nanoseconds / 1000) } ?? "")
        arguments.append(.text(AttemptWords.word(batch.first?.pool.map { .queued(pool: $0) } ?? .claimed)))
        for claim in batch { arguments += words(claim) }
        return arguments
    }

    private func words(_ claim: Claim) -> [RedisCommand.Word] {
        [
            .text(claim.run.job.description), .text(claim.run.occasion.description), .int(claim.attempt),
            claim.run.occasion.fireTime.map { .int($0.seconds) } ?? "", .int(claim.since.seconds), .int(claim.first.seconds),
            .int(claim.count), .text(AttemptWords.word(claim.trigger, by: claim.by)),
            claim.startDeadline.map { .int($0.milliseconds) } ?? "",
            claim.concurrencyLimit.map { .int($0) } ?? "",
        ]
    }

    private func answer(_ claim: Claim, _ reply: RESPValue, token: Int64, now: WallTime) -> ClaimAnswer {
        let fireTime = claim.attempt == 1 ? claim.run.occasion.fireTime : nil
        func saw() { if let fireTime { memory.saw(fireTime, of: claim.run.job) } }
        // As the script enters it: what is not started is not caught up with either.
        func decided(_ outcome: Outcome, _ trigger: Trigger = .scheduled) {
            saw()
            var claim = claim
            claim.trigger = trigger
            memory.recorded.add(RecordedOutcome(claim, outcome, fence: memory.fence, now: now))
        }
        if case .integer(let fence) = reply {
            saw()
            hold(claim, fence: fence, token: token, now: now)
            return .won(fence: fence)
        }
        let reply = reply.elements ?? []
        switch reply.first?.text {
        case "MINE":
            let key = AttemptKey(claim.run, claim.attempt)
            let mark = Instant(reply.at(1)?.number ?? 0), fence = reply.at(2)?.number ?? 0, owner = reply.at(3)?.number ?? 0
            if fireTime != nil { memory.saw(mark, of: claim.run.job) }
            guard memory.held[key] == nil, memory.unanswered.contains(owner) else { return .taken(watermark: mark) }
            hold(claim, fence: fence, token: token, now: now)
            return .won(fence: fence)
        case "LATER":
            heardOfSettling(until: reply.at(2)?.number)
            return .later(.milliseconds(reply.at(1)?.number ?? 1000))
        case "LATE":
            decided(.missed(claim.count))
            return .late
        case "OVERLAP":
            decided(.skipped(.overlap), claim.run.occasion.fireTime == nil ? claim.trigger : .scheduled)
            return .skipped(.overlap)
        case "PAUSED":
            decided(.skipped(.paused), claim.trigger)
            return .skipped(.paused)
        default:
            let mark = reply.at(1)?.number.map { Instant($0) } ?? claim.since
            if reply.at(2)?.number == 1 { memory.saw(mark, of: claim.run.job) }
            return .taken(watermark: mark)
        }
    }

    private func hold(_ claim: Claim, fence: Int64, token: Int64, now: WallTime) {
        memory.saw(fence: fence)
        memory.held[AttemptKey(claim.run, claim.attempt)] = LedgerMemory.Held(
            fence: fence, first: claim.first, count: claim.count, trigger: claim.trigger, pool: claim.pool, by: claim.by,
            claimedAt: now, token: token)
    }

    /// Where the URL says so, waits until enough replicas have the claims that were won; what they do not have is not to be started.
    private func confirmed(
        _ batch: ArraySlice<Claim>, _ answers: [ClaimAnswer], on connection: RedisConnection, now: WallTime
    ) async throws(RedisError) -> [ClaimAnswer] {
        let wanted = client.url.waitReplicas
        let won = zip(batch, answers).filter { if case .won = $1 { true } else { false } }
        guard wanted > 0, !won.isEmpty else { return answers }
        let wait = RedisCommand("WAIT", .int(wanted), .int(options.confirmation.wholeMilliseconds))
        let reply = try await connection.send([wait]).first ?? .null
        if let count = reply.number, count >= Int64(wanted) { return answers }
        let finishes = won.map { claim, answer -> Finish in
            let fence = if case .won(let fence) = answer { fence } else { Int64(0) }
            return Finish(run: claim.run, attempt: claim.attempt, fence: fence, outcome: .unconfirmed, at: now)
        }
        // If this is lost, too, the lease ends and a sweeper records it.
        _ = try? await finish(finishes)
        for finish in finishes { memory.held[AttemptKey(finish.run, finish.attempt)] = nil }
        return answers.map { if case .won = $0 { .unconfirmed } else { $0 } }
    }

    /// A script for each 250; throws `quarantined` while the server decides nothing.
    public func skip(_ skips: [Skip], now: WallTime) async throws(StoreError) {
        for batch in skips.portions(of: Self.portion) {
            var arguments: [RedisCommand.Word] = []
            for skip in batch {
                arguments += [
                    .text(skip.job.description), .int(skip.first.seconds), .int(skip.last.seconds), .int(skip.count),
                    .text(RowText.encoded(skip.outcome.description)), .int(skip.since.seconds),
                    .text(AttemptWords.word(.scheduled, by: skip.by)),
                ]
            }
            let reply = try await ask(.skip, now: now, arguments).elements ?? []
            if let left = reply.first?.number, left > 0 {
                heardOfSettling(until: reply.at(1)?.number)
                throw StoreError(.quarantined, "redis \(client.url): it came back or its clock jumped; it decides again in \(left) ms")
            }
            for skip in batch where skip.last > skip.since { memory.saw(skip.last, of: skip.job) }
            for place in (reply.at(2)?.elements ?? []).compactMap(\.number) {
                guard let skip = batch.dropFirst(Int(clamping: max(0, place - 1))).first else { continue }
                memory.recorded.add(RecordedOutcome(skip, fence: memory.fence, now: now))
            }
        }
    }
}
