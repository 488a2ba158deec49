public import CronJobs
internal import CronExpressions

// The verbs that decide or record. A batch goes in portions of a few hundred; where one of them fails the call throws, and what the earlier
// ones won counts as never answered.

extension RedisLedger {
    static let portion = 250

    public func claim(_ claims: [Claim], now: WallTime) async throws(StoreError) -> [ClaimAnswer] {
        let token = memory.newToken()
        var answers: [ClaimAnswer] = []
        do throws(StoreError) {
            for batch in claims.portions(of: Self.portion) { answers += try await claim(batch, token: token, now: now) }
        } catch {
            memory.noAnswer(to: token)
            throw error
        }
        return answers
    }

    private func claim(_ batch: ArraySlice<Claim>, token: Int64, now: WallTime) async throws(StoreError) -> [ClaimAnswer] {
        var arguments = head(now) + [.int(token), options.earliness.map { .int($0.wholeMilliseconds) } ?? ""]
        for claim in batch { arguments += words(claim) }
        do throws(RedisError) {
            let connection = try await reached()
            let replies = try await connection.evaluate(.claim, key: prefix + "meta", arguments).elements ?? []
            guard replies.count == batch.count else {
                throw RedisError(.notRedis, connection.peer.name, "\(replies.count) answers to \(batch.count) claims")
            }
            let answers = zip(batch, replies).map { answer($0, $1.elements ?? [], token: token, now: now) }
            return try await confirmed(batch, answers, on: connection, now: now)
        } catch { throw StoreError(error) }
    }

    private func words(_ claim: Claim) -> [RedisCommand.Word] {
        [
            .text(claim.run.job.description), .text(claim.run.occasion.description), .int(claim.attempt),
            claim.run.occasion.fireTime.map { .int($0.seconds) } ?? "", .int(claim.since.seconds), .int(claim.first.seconds),
            .int(claim.count),
            .text(claim.trigger.rawValue), claim.startDeadline.map { .int($0.milliseconds) } ?? "",
            claim.concurrencyLimit.map { .int($0) } ?? "",
        ]
    }

    private func answer(_ claim: Claim, _ reply: [RESPValue], token: Int64, now: WallTime) -> ClaimAnswer {
        let key = AttemptKey(claim.run, claim.attempt), fireTime = claim.attempt == 1 ? claim.run.occasion.fireTime : nil
        func saw() { if let fireTime { memory.saw(fireTime, of: claim.run.job) } }
        switch reply.first?.text {
        case "WON":
            saw()
            hold(claim, fence: reply.last?.number ?? 0, token: token, now: now)
            return .won(fence: reply.last?.number ?? 0)
        case "MINE":
            let mark = Instant(reply.at(1)?.number ?? 0), fence = reply.at(2)?.number ?? 0, owner = reply.at(3)?.number ?? 0
            if fireTime != nil { memory.saw(mark, of: claim.run.job) }
            guard memory.held[key] == nil, memory.unanswered.contains(owner) else { return .taken(watermark: mark) }
            hold(claim, fence: fence, token: token, now: now)
            return .won(fence: fence)
        case "LATER":
            heardOfSettling(until: reply.at(2)?.number)
            return .later(.milliseconds(reply.at(1)?.number ?? 1000))
        case "LATE":
            saw()
            return .late
        case "OVERLAP":
            saw()
            return .skipped(.overlap)
        case "PAUSED":
            saw()
            return .skipped(.paused)
        default:
            let mark = reply.at(1)?.number.map { Instant($0) } ?? claim.since
            if reply.at(2)?.number == 1 { memory.saw(mark, of: claim.run.job) }
            return .taken(watermark: mark)
        }
    }

    private func hold(_ claim: Claim, fence: Int64, token: Int64, now: WallTime) {
        memory.held[AttemptKey(claim.run, claim.attempt)] = LedgerMemory.Held(
            fence: fence, first: claim.first, count: claim.count, trigger: claim.trigger, claimedAt: now, token: token)
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

    public func skip(_ skips: [Skip], now: WallTime) async throws(StoreError) {
        for batch in skips.portions(of: Self.portion) {
            var arguments = head(now)
            for skip in batch {
                arguments += [
                    .text(skip.job.description), .int(skip.first.seconds), .int(skip.last.seconds), .int(skip.count),
                    .text(RowText.encoded(skip.outcome.description)), .int(skip.since.seconds),
                ]
            }
            let reply = try await evaluate(.skip, arguments).elements ?? []
            if let left = reply.first?.number, left > 0 {
                heardOfSettling(until: reply.at(1)?.number)
                throw StoreError(.settling, "redis \(client.url): it came back or its clock jumped; it decides again in \(left) ms")
            }
            for skip in batch where skip.last > skip.since { memory.saw(skip.last, of: skip.job) }
        }
    }

    public func start(_ starts: [Start]) async throws(StoreError) {
        for start in starts {
            let key = AttemptKey(start.run, start.attempt)
            guard memory.held[key]?.fence == start.fence else { continue }
            memory.held[key]?.isRunning = true
            memory.held[key]?.startedAt = start.at
            memory.held[key]?.process = start.process
        }
        for batch in starts.portions(of: Self.portion) { _ = try await evaluate(.start, words(batch, mode: "note")) }
    }

    public func mayStart(_ starts: [Start]) async throws(StoreError) -> [StartAnswer] {
        var answers: [StartAnswer] = []
        do throws(StoreError) {
            for batch in starts.portions(of: Self.portion) {
                let replies = try await evaluate(.start, words(batch, mode: "gate")).elements ?? []
                answers += zip(batch, replies).map { gate($0, $1.elements ?? []) }
            }
        } catch {
            memory.noAnswer(about: starts.map { AttemptKey($0.run, $0.attempt) })
            throw error
        }
        return answers
    }

    /// A start that was refused because this very node has passed the gate, in a call whose answer was lost, may start.
    private func gate(_ start: Start, _ reply: [RESPValue]) -> StartAnswer {
        let key = AttemptKey(start.run, start.attempt), wasUnsure = memory.wasUnsure(key)
        switch reply.first?.text {
        case "GO": memory.held[key]?.isRunning = true
        case "DUP" where wasUnsure && reply.at(1)?.text == node: memory.held[key]?.isRunning = true
        case "DUP": return .duplicate(node: RowText.decoded(reply.at(1)?.text ?? ""))
        case "STALE": return .stale
        default: return .gone
        }
        return .go
    }

    private func words(_ batch: ArraySlice<Start>, mode: String) -> [RedisCommand.Word] {
        var arguments = head(WallTime(nanoseconds: 0)) + [.text(mode)]
        for start in batch {
            arguments += [
                .text(AttemptKey(start.run, start.attempt).text), .int(start.fence), .int(start.at.nanoseconds),
                .text(start.process == nil ? "-" : RowText.encoded(bootID)), .maybe(start.process.map { Int64($0.pid) }),
                .maybe(start.process?.startTicks),
            ]
        }
        return arguments
    }
}

extension RedisCommand.Word {
    static func maybe(_ number: Int64?) -> Self { number.map { .int($0) } ?? "-" }
}

extension Array {
    /// Its parts of at most `size` elements.
    func portions(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }

    func at(_ index: Int) -> Element? { index < count ? self[index] : nil }
}
