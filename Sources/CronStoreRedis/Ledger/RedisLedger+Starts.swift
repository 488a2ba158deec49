internal import CronExpressions
public import CronJobs

extension RedisLedger {
    /// Remembered here, too: a server that forgets is told what runs.
    public func start(_ starts: [Start]) async throws(StoreError) {
        for start in starts {
            let key = AttemptKey(start.run, start.attempt)
            guard memory.held[key]?.fence == start.fence else { continue }
            memory.held[key]?.isRunning = true
            memory.held[key]?.startedAt = start.at
            memory.held[key]?.process = start.process
        }
        for batch in starts.portions(of: Self.portion) { _ = try await ask(.start, words(batch, mode: "note", .running)) }
    }

    /// Lets each attempt pass once; its caller owns it from then on.
    public func mayStart(_ starts: [Start]) async throws(StoreError) -> [StartAnswer] { try await mayStart(starts, from: .claimed) }

    /// The same from one state: a worker's from its pool.
    public func mayStart(_ starts: [Start], from state: AttemptState) async throws(StoreError) -> [StartAnswer] {
        var answers: [StartAnswer] = []
        do throws(StoreError) {
            for batch in starts.portions(of: Self.portion) {
                let replies = try await ask(.start, words(batch, mode: "gate", state)).elements ?? []
                if replies.first?.elements?.first?.text == "SETTLES" {
                    throw StoreError(.quarantined, "the store is in quarantine: whether a run may still start is not known yet")
                }
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
        case "GO": hold(start, reply)
        case "DUP" where wasUnsure && reply.at(1)?.text == node: hold(start, reply)
        case "DUP": return .duplicate(node: RowText.decoded(reply.at(1)?.text ?? ""))
        case "STALE": return .stale
        case "ELSEWHERE": return .elsewhere(AttemptWords.state(reply.at(1)?.text ?? ""))
        default: return .gone
        }
        return .go
    }

    /// It is ours now, also if another node had claimed it.
    private func hold(_ start: Start, _ reply: [RESPValue]) {
        let key = AttemptKey(start.run, start.attempt), (trigger, by, request) = AttemptWords.trigger(reply.at(4)?.text ?? "")
        if memory.held[key] == nil {
            memory.held[key] = LedgerMemory.Held(
                fence: start.fence, first: Instant(reply.at(2)?.number ?? 0), count: Int(clamping: reply.at(3)?.number ?? 1),
                trigger: trigger ?? .scheduled, by: by, request: request, claimedAt: WallTime(nanoseconds: reply.at(5)?.number ?? 0),
                token: 0)
            memory.saw(fence: start.fence)
        }
        memory.held[key]?.isRunning = true
    }

    private func words(_ batch: ArraySlice<Start>, mode: String, _ state: AttemptState) -> [RedisCommand.Word] {
        var arguments: [RedisCommand.Word] = [.text(mode), .text(AttemptWords.word(state))]
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
