public import CronExpressions
public import CronJobs

// What goes. Every node may do all of it at any time.

extension RedisLedger {
    private static let thirtyDays: Int64 = 30 * 86_400 * 1_000_000_000
    /// Jobs looked at by one call of `prune`, in scripts of a hundred.
    private static let scriptsPerPrune = 20, jobsPerScript = 100

    /// Nothing that has come by the server's clock is set back by a node whose clock is behind.
    public func rewind(marksAfter limit: Instant, to mark: Instant) async throws(StoreError) -> [JobID] {
        memory.rewound(after: limit, to: mark)
        let earliness: RedisCommand.Word = options.earliness.map { .int($0.wholeMilliseconds) } ?? ""
        let jobs = try await evaluate(.rewind, [.int(limit.seconds), .int(mark.seconds), earliness]).elements ?? []
        return jobs.compactMap(\.text).map { JobID($0) }.sorted()
    }

    /// What another living host has of a `host=all` job stays.
    public func retain(_ jobs: Set<JobID>, now: WallTime) async throws(StoreError) {
        let known = try await send([
            RedisCommand("HKEYS", .text(prefix + "mark")), RedisCommand("HGETALL", .text(prefix + "gone")),
        ])
        let standing = try await standingJobs()
        let gone = Set((known.at(1)?.pairs ?? []).compactMap(\.key.text))
        var steps: [(what: String, job: String)] = []
        let everywhere = Set(jobs.lazy.filter { $0.host != nil }.map(\.withoutHost)), hosts = livingHosts
        for name in (known.first?.elements ?? []).compactMap(\.text) {
            let job = JobID(name), isGone = gone.contains(name)
            // Of a job that runs on every host, the others' marks are theirs as long as they live.
            let isOthers = job.host.map { hosts.contains($0) && everywhere.contains(job.withoutHost) } ?? false
            let isPresent = jobs.contains(job) || isOthers || !standing.isEmpty && standing.contains(job.withoutHost)
            if isPresent, isGone { steps.append(("back", name)) }
            if !isPresent, !isGone { steps.append(("left", name)) }
            if !isPresent { steps.append(("look", name)) }
        }
        try await forget(steps, now: now)
    }

    /// The stored jobs that no table decides about.
    private func standingJobs() async throws(StoreError) -> Set<JobID> {
        var standing: Set<JobID> = [], last: JobID?
        while true {
            let page = try await storedJobs(after: last, limit: .max)
            guard let end = page.last, end.id != last else { return standing }
            standing.formUnion(page.lazy.filter { $0.origin != .table }.map(\.id))
            last = end.id
        }
    }

    private var livingHosts: Set<String> {
        Set(nodes.map { String(RowText.decoded($0).prefix { $0 != ":" }) })
    }

    private func forget(_ steps: [(what: String, job: String)], now: WallTime) async throws(StoreError) {
        let (limit, overflow) = now.nanoseconds.subtractingReportingOverflow(Self.thirtyDays)
        for batch in steps.portions(of: 500) {
            var arguments: [RedisCommand.Word] = [.int(overflow ? .min : limit), .int(now.nanoseconds)]
            for step in batch { arguments += [.text(step.what), .text(step.job)] }
            _ = try await evaluate(.forget, arguments)
        }
        let looked = steps.filter { $0.what == "look" }
        guard !looked.isEmpty else { return }
        // What was forgotten must not be asserted again.
        for batch in looked.portions(of: 500) {
            let reply =
                try await send([RedisCommand(["HMGET", .text(prefix + "mark")] + batch.map { .text($0.job) })]).first?.elements ?? []
            for (step, mark) in zip(batch, reply) where mark == .null { memory.forget(JobID(step.job)) }
        }
    }

    /// 2,000 jobs a call, in scripts of a hundred, so that nobody waits long.
    public func prune(_ retention: Retention, now: WallTime) async throws(StoreError) {
        let gone = try await send([RedisCommand("HGETALL", .text(prefix + "gone"))]).first ?? .null
        let (limit, overflow) = now.nanoseconds.subtractingReportingOverflow(Self.thirtyDays)
        let due = gone.pairs.filter { !overflow && ($0.value.number ?? .max) <= limit }
        try await forget(due.compactMap { $0.key.text.map { (what: "look", job: $0) } }, now: now)

        let (oldest, isEndless) = now.nanoseconds.subtractingReportingOverflow(retention.age.wholeNanoseconds)
        for _ in 0..<Self.scriptsPerPrune {
            let reply = try await evaluate(
                .prune,
                [
                    .int(max(0, retention.runsPerJob)), isEndless ? "" : .int(oldest), .text(pruneCursor), .int(Self.jobsPerScript),
                    .int(now.nanoseconds),
                ])
            pruneCursor = reply.text ?? "0"
            if pruneCursor == "0" { break }
        }
    }
}
