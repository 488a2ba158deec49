public import CronJobs

// The keys are the legacy service's and outside our own hash tag, so each command names one of them only, and in a cluster each may live elsewhere.
//
//      crond-service-cronjob-cache          string  the table, in JSON
//      crond_service_schedule               hash    job id ─▶ body of a notice
//      crond_service_schedule.jobs, .run_times      pickled by its scheduler: looked whether they exist, never read

/// What the legacy service kept in this Redis.
public struct RedisLegacyData: LegacyData {
    static let cacheKey = "crond-service-cronjob-cache"
    static let bodiesKey = "crond_service_schedule"
    public static let pickledKeys = ["crond_service_schedule.jobs", "crond_service_schedule.run_times"]
    /// As large as a crontab may be.
    static let longestCache = 16 << 20
    public static let longestBody = 1 << 20
    /// Bodies asked for at once, so that a reply stays below what a reply may be.
    private static let portion = 32

    private let client: RedisClient

    public init(client: RedisClient) { self.client = client }

    /// `nil` where there is none; throws for one that is larger than a crontab may be.
    public func cache() async throws(StoreError) -> [UInt8]? {
        let replies = try await send(
            Self.cacheKey,
            [
                RedisCommand("STRLEN", .text(Self.cacheKey)),
                RedisCommand("GETRANGE", .text(Self.cacheKey), "0", .int(Self.longestCache)),
            ])
        guard let length = replies.first?.number, let text = replies.last?.bytes, length > 0 else { return nil }
        guard text.count <= Self.longestCache else {
            throw StoreError(.corrupt, "redis \(client.url): \(Self.cacheKey) has \(length) bytes, more than a crontab may have")
        }
        return text
    }

    /// Whole, in one command.
    public func setCache(_ text: [UInt8]) async throws(StoreError) {
        _ = try await send(Self.cacheKey, [RedisCommand("SET", .text(Self.cacheKey), .bytes(text))])
    }

    /// Jobs without a body are left out; one that is too long is not fetched, and one of no bytes is a body.
    public func bodies(of jobs: [JobID]) async throws(StoreError) -> [JobID: LegacyBody] {
        guard !jobs.isEmpty else { return [:] }
        var found: [JobID: LegacyBody] = [:], wanted: [JobID] = []
        // Lengths first: one that is too long must not come over the line. Where nobody has a body, that is all.
        let lengths = try await send(
            Self.bodiesKey,
            [RedisCommand("EXISTS", .text(Self.bodiesKey))]
                + jobs.map { RedisCommand("HSTRLEN", .text(Self.bodiesKey), .text($0.description)) })
        guard lengths.first?.number ?? 0 > 0 else { return [:] }
        for (job, reply) in zip(jobs, lengths.dropFirst()) {
            guard let length = reply.number else { continue }
            if length > Self.longestBody { found[job] = .tooLong(Int(length)) } else { wanted.append(job) }
        }
        for batch in wanted.portions(of: Self.portion) {
            let names = batch.map { RedisCommand.Word.text($0.description) }
            let values = try await send(Self.bodiesKey, [RedisCommand(["HMGET", .text(Self.bodiesKey)] + names)]).first?.elements ?? []
            for (job, value) in zip(batch, values) {
                if let bytes = value.bytes { found[job] = .bytes(bytes) }
            }
        }
        return found
    }

    /// Only whether the keys exist: what they hold is never read.
    public func hasPickledJobs() async throws(StoreError) -> Bool {
        for key in Self.pickledKeys where try await send(key, [RedisCommand("EXISTS", .text(key))]).first?.number ?? 0 > 0 { return true }
        return false
    }

    /// A refusal that concerns the key, not the server, is `corrupt`: nobody's start depends on it.
    private func send(_ key: String, _ commands: [RedisCommand]) async throws(StoreError) -> [RESPValue] {
        do throws(RedisError) {
            return try await client.client(of: key).following { link async throws(RedisError) in try await link.connection.all(commands) }
        } catch {
            throw [.refused, .forbidden, .wrongType].contains(error.kind)
                ? StoreError(.corrupt, "redis \(client.url): the legacy service's keys cannot be used: \(error.words)") : StoreError(error)
        }
    }
}
