internal import CronExpressions
public import CronJobs

// Pauses. The server's clock says when one began and when it ends; the words about them are remembered by the nodes (`PauseMemory`).

extension RedisLedger: PauseStore {
    /// By nobody in particular, by the server's clock.
    public func setPaused(_ isPaused: Bool, _ jobs: Set<JobID>) async throws(StoreError) {
        try await say(PauseHistory.Word(isPause: isPaused, at: nil, by: ""), of: jobs)
    }

    /// Counted by the server; every node remembers the word, and tells it a server that forgot.
    public func pause(_ jobs: Set<JobID>, until: WallTime?, by: String, now: WallTime) async throws(StoreError) {
        try await say(PauseHistory.Word(isPause: true, at: now, until: until, by: by), of: jobs)
    }

    /// A word like any other, later than the pause.
    public func resume(_ jobs: Set<JobID>, by: String, now: WallTime) async throws(StoreError) {
        try await say(PauseHistory.Word(isPause: false, at: now, by: by), of: jobs)
    }

    private func say(_ word: PauseHistory.Word, of jobs: Set<JobID>) async throws(StoreError) {
        guard !jobs.isEmpty else { return }
        let rest = "\(word.until.map { "\(max(0, $0.milliseconds))" } ?? "-") \(RowText.encoded(word.by))"
        for batch in jobs.sorted().portions(of: 2000) {
            let words: [RedisCommand.Word] = [.int(memory.pauses.last), word.isPause ? "pause" : "resume", .text(rest)]
            let reply = try await ask(.pause, words + batch.map { .text($0.description) })
            memory.hear(pauses: reply.elements?.at(1)?.elements ?? [])
            memory.saw(fence: memory.pauses.last)
            heardOfSettling(until: reply.elements?.first?.number)
        }
    }

    /// By the server's clock.
    public func pausedJobs() async throws(StoreError) -> Set<JobID> {
        let replies = try await send([
            RedisCommand("SMEMBERS", .text(prefix + "paused")), RedisCommand("HGETALL", .text(prefix + "until")), RedisCommand("TIME"),
        ])
        let over = Set(
            (replies.at(1)?.pairs ?? []).filter { $0.value.number ?? .max <= Self.milliseconds(replies.at(2)) }.compactMap(\.key.text))
        return Set((replies.first?.elements ?? []).compactMap(\.text).filter { !over.contains($0) }.map { JobID($0) })
    }

    /// By the server's clock, whatever `now` is.
    public func pauses(now: WallTime) async throws(StoreError) -> [JobID: Pause] {
        let replies = try await send([RedisCommand("HGETALL", .text(prefix + "pauses")), RedisCommand("TIME")])
        let now = WallTime(nanoseconds: Self.milliseconds(replies.at(1)) * 1_000_000)
        var pauses: [JobID: Pause] = [:]
        for (job, word) in replies.first?.pairs ?? [] {
            guard let name = job.text, let word = word.text.flatMap({ PauseMemory.Word($0) }) else { continue }
            pauses[JobID(name)] = PauseHistory([word.said]).pause(now: now)
        }
        return pauses
    }

    /// What TIME answers.
    private static func milliseconds(_ time: RESPValue?) -> Int64 {
        let parts = (time?.elements ?? []).compactMap(\.number)
        guard parts.count == 2, (0..<1 << 33).contains(parts[0]), (0..<1_000_000).contains(parts[1]) else { return 0 }
        return parts[0] * 1000 + parts[1] / 1000
    }

    /// Of version 1 there is the last word only.
    public func pauseHistory(of job: JobID) async throws(StoreError) -> PauseHistory {
        let words = try await send([RedisCommand("LRANGE", .text(prefix + "pausing:\(job)"), "0", .int(PauseHistory.bound - 1))]).first
        let said = (words?.elements ?? []).compactMap { $0.text.flatMap { PauseMemory.Word($0) } }.map(\.said)
        if !said.isEmpty { return PauseHistory(said.reversed()) }
        // Of version 1 there is only the last word.
        let last = try await send([RedisCommand("HGET", .text(prefix + "pauses"), .text(job.description))]).first?.text
        return PauseHistory(last.flatMap { PauseMemory.Word($0) }.map { [$0.said] } ?? [])
    }
}
