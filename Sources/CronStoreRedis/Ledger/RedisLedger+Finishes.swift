public import CronJobs

extension RedisLedger {
    /// Bytes of output kept of one run.
    static let tailBound = 64 << 10

    /// Only its own node decides about an attempt. `false` is asked again once, after the server was told what it forgot.
    public func finish(_ finishes: [Finish]) async throws(StoreError) -> [Bool] {
        var recorded: [Bool] = []
        for batch in finishes.portions(of: 100) {
            var arguments: [RedisCommand.Word] = []
            for finish in batch { arguments += words(finish) }
            do throws(StoreError) {
                let replies = try await ask(.finish, arguments).elements ?? []
                for (finish, reply) in zip(batch, replies) { recorded.append(try await settle(finish, isRecorded: reply.number == 1)) }
            } catch {
                memory.noAnswer(about: batch.map { AttemptKey($0.run, $0.attempt) })
                throw error
            }
        }
        return recorded
    }

    private func words(_ finish: Finish) -> [RedisCommand.Word] {
        let key = AttemptKey(finish.run, finish.attempt)
        return [
            .text(finish.run.job.description), .text(key.field), .int(finish.fence), .maybe(finish.startedAt?.nanoseconds),
            .int(finish.at.nanoseconds), .maybe(finish.resources?.userTime.wholeNanoseconds),
            .maybe(finish.resources?.systemTime.wholeNanoseconds), .text(RowText.encoded(finish.outcome.description)),
            .bytes(Array(finish.tail.suffix(Self.tailBound))),
        ]
    }

    private func settle(_ finish: Finish, isRecorded: Bool) async throws(StoreError) -> Bool {
        var isRecorded = isRecorded
        let key = AttemptKey(finish.run, finish.attempt), wasUnsure = memory.wasUnsure(key)
        if !isRecorded, !wasUnsure, memory.held[key]?.fence == finish.fence {
            // Either somebody took it over, or the server forgot it. Hearing from the server makes us tell it, if so.
            _ = try await renew([], now: finish.at)
            let reply = try await ask(.finish, words(finish))
            isRecorded = reply.elements?.first?.number == 1
        }
        if isRecorded { memory.recorded.add(RecordedOutcome(finish, held: memory.held[key], at: node)) }
        if memory.held[key]?.fence == finish.fence { memory.held[key] = nil }
        guard !isRecorded, wasUnsure else { return isRecorded }
        // The answer to an earlier call was lost: is it this outcome that stands there?
        let rows = prefix + "rows:\(finish.run.job)"
        guard let row = try await send([RedisCommand("HGET", .text(rows), .text(key.field))]).first?.bytes,
            let record = RunRecord(key, row: row, isOpen: false)
        else { return false }
        return record.finishedAt == finish.at && record.outcome == finish.outcome
    }
}
