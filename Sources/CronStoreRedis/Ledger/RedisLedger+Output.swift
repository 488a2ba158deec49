internal import CronExpressions
public import CronJobs

extension RedisLedger: OutputStore {
    /// `false` where the attempt has no outcome, or the server's memory is full: then it is dropped.
    @discardableResult
    public func keepOutput(_ run: RunID, attempt: Int, _ output: OutputExcerpt) async throws(StoreError) -> Bool {
        let bytes = output.shortened(to: OutputLimit.ofRun).stored, key = AttemptKey(run, attempt)
        guard bytes.count <= outputLimit else { return false }
        do throws(StoreError) {
            return try await evaluate(
                .keepOutput, [.text(run.job.description), .text(key.field), .bytes(bytes), .int(outputLimit)], givesUpOutput: false
            ).number == 1
        } catch {
            guard error.code == .full else { throw error }
            return false
        }
    }

    /// `nil` where nothing was kept, or room was short since.
    public func output(of run: RunID, attempt: Int) async throws(StoreError) -> OutputExcerpt? {
        let key = AttemptKey(run, attempt)
        let replies = try await send([
            RedisCommand("HEXISTS", .text(prefix + "rows:\(run.job)"), .text(key.field)),
            RedisCommand("HGET", .text(prefix + "output"), .text(key.text)),
        ])
        guard replies.first?.number == 1 else { return nil }
        return replies.last?.bytes.flatMap { OutputExcerpt(stored: $0) }
    }

    /// From the next output on that this node keeps: each has its own limit.
    public func limitOutput(to bytes: Int) { outputLimit = bytes }

    /// The server's memory is full: all output goes, which needs none. `true` if there was any.
    func giveUpOutput(on link: RedisClient.Link) async -> Bool {
        let drop = [
            RedisCommand("DEL", .text(prefix + "output"), .text(prefix + "output:at")),
            RedisCommand("HDEL", .text(prefix + "meta"), "output"),
        ]
        return (try? await link.connection.all(drop))?.first?.number ?? 0 > 0
    }
}

// What another node is asked for: who looks enters the attempt in a set, with the time until which that holds; who has it writes a key that expires.
extension RedisLedger: SharedOutputStore {
    private static let askedFor = Duration.seconds(15)
    private var asked: String { prefix + "output:asked" }
    private func live(_ key: AttemptKey) -> String { prefix + "output:live:\(key.text)" }

    /// Not worth anything that the server keeps.
    private func put(_ commands: [RedisCommand]) async throws(StoreError) {
        _ = try await following(givesUpOutput: false) { link async throws(RedisError) in try await link.connection.all(commands) }
    }

    /// For 15 s: whoever goes on looking asks again.
    public func askForOutput(of run: RunID, attempt: Int) async throws(StoreError) {
        let now = clock.wall, until = (now + Self.askedFor).nanoseconds / 1_000_000
        try await put([
            RedisCommand("ZREMRANGEBYSCORE", .text(asked), "-inf", .int(now.nanoseconds / 1_000_000)),
            RedisCommand("ZADD", .text(asked), .int(until), .text(AttemptKey(run, attempt).text)),
        ])
    }

    /// Of all nodes' attempts; a hundred at most.
    public func outputsAskedFor() async throws(StoreError) -> [(run: RunID, attempt: Int)] {
        let now = clock.wall.nanoseconds / 1_000_000
        let reply = try await send([RedisCommand("ZRANGEBYSCORE", .text(asked), .int(now), "+inf", "LIMIT", "0", "100")]).first
        return (reply?.elements ?? []).compactMap { $0.text.flatMap { AttemptKey($0) } }.map { ($0.run, $0.attempt) }
    }

    /// For 15 s, beside what is kept for good.
    public func shareOutput(of run: RunID, attempt: Int, _ output: OutputExcerpt) async throws(StoreError) {
        let bytes = output.shortened(to: OutputLimit.ofRun).stored
        try await put([
            RedisCommand("SET", .text(live(AttemptKey(run, attempt))), .bytes(bytes), "PX", .int(Self.askedFor.wholeMilliseconds))
        ])
    }

    /// `nil` until its node has handed it out, and from 15 s after it last did.
    public func sharedOutput(of run: RunID, attempt: Int) async throws(StoreError) -> OutputExcerpt? {
        let reply = try await send([RedisCommand("GET", .text(live(AttemptKey(run, attempt))))]).first
        return reply?.bytes.flatMap { OutputExcerpt(stored: $0) }
    }
}

extension RedisLedger: OwnerStore {
    /// Also of an attempt that has ended, as long as its row is kept.
    public func owner(of run: RunID, attempt: Int) async throws(StoreError) -> RunOwner? {
        let key = AttemptKey(run, attempt)
        let replies = try await send([
            RedisCommand("HGET", .text(prefix + "rows:\(run.job)"), .text(key.field)),
            RedisCommand("HGET", .text(prefix + "runs"), .text(key.text)),
        ])
        if let row = replies.first?.bytes.flatMap({ RowText($0, words: 9) }) { return row.word(2).flatMap(AttemptWords.owner) }
        guard let row = replies.last?.bytes.flatMap({ RowText($0, words: 12) }), let fence = row.number(0) else { return nil }
        return RunOwner(fence: fence, host: row.host, process: row.number(4).map { Int32(clamping: $0) })
    }

    public func runningElsewhere() async throws(StoreError) -> [RunID: String] {
        var running: [RunID: String] = [:]
        for (field, bytes) in (try await send([RedisCommand("HGETALL", .text(prefix + "runs"))]).first ?? .null).pairs {
            guard let key = field.text.flatMap({ AttemptKey($0) }), let row = bytes.bytes.flatMap({ RowText($0, words: 12) }),
                AttemptWords.state(row.word(1) ?? "") == .running, row.word(2) != node, let host = row.host
            else { continue }
            running[key.run] = host
        }
        return running
    }
}

extension RowText {
    /// Where an open attempt runs: at who decides about it, unless that took it over.
    fileprivate var host: String? { (rest.isEmpty ? word(2) : String(decoding: rest, as: UTF8.self)).flatMap { NodeName($0)?.host } }
}
