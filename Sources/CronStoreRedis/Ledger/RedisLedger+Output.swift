internal import CronExpressions
public import CronJobs

extension RedisLedger: OutputStore {
    @discardableResult
    public func keepOutput(_ run: RunID, attempt: Int, _ bytes: [UInt8]) async throws(StoreError) -> Bool {
        let bytes = Array(bytes.suffix(OutputLimit.ofRun)), key = AttemptKey(run, attempt)
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

    public func output(of run: RunID, attempt: Int) async throws(StoreError) -> [UInt8]? {
        let key = AttemptKey(run, attempt)
        let replies = try await send([
            RedisCommand("HGET", .text(prefix + "rows:\(run.job)"), .text(key.field)),
            RedisCommand("HGET", .text(prefix + "output"), .text(key.text)),
        ])
        guard let row = replies.first?.bytes, let record = RunRecord(key, row: row, isOpen: false) else { return nil }
        return replies.last?.bytes ?? record.tail
    }

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
