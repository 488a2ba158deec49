public import CronJobs
internal import CronExpressions
internal import LinuxEvents
internal import NIOCore

// A ledger that any number of nodes share, with no leader: every node may claim every fire time, and one script decides. The server's clock
// is the one that counts. Redis may forget (a lost tail, a FLUSHALL, a failover); the nodes remember: after every connect, and whenever the
// server says that it is in quarantine, what this node knows is asserted before anything else is asked, on the same connection, so that order holds.
//
//      server has a new run id, no memory, or a clock that jumped ──▶ settles for 10 s: refuses claims, skips and sweeps, takes assertions
//      connection made anew ──▶ assertion first
//      two nodes remember different words about a job's pause ──▶ the later one counts: each has a number that grows like the fences
//      request or answer lost ──▶ the call throws; what it won is handed out when it is asked for again (`MINE` with an unanswered token)

/// The ledger `name` on a Redis.
public actor RedisLedger: SharedLedger {
    public nonisolated let name: String
    public nonisolated let node: String
    public nonisolated let options: RedisLedgerOptions
    public nonisolated var leaseDuration: Duration { options.leaseDuration }
    public nonisolated var renewalInterval: Duration { options.renewalInterval }

    nonisolated let client: RedisClient
    nonisolated let clock: StoreClock
    nonisolated let prefix: String
    var memory = LedgerMemory()
    var bootID = ""
    var nodes: [String]
    /// By our monotonic clock, when the server decides again.
    var settledAt: MonotonicTime?
    var pruneCursor = "0"
    var outputLimit = OutputLimit.onServer
    /// A consumer of this node wants facts, also of a server that forgot it.
    var keepsFacts = false
    /// What this node goes by, and what the others do, as words of the store.
    private(set) var ownZone = ""
    private var zones: [String: String] = [:]
    private var jobsMark: Int64 = 0
    private var ordersMark: Int64 = 0
    private var older: Set<String> = []
    /// The connection that was told what we remember.
    private var assertedGeneration = 0
    /// The end, by the server's clock, of the quarantine in which it was told.
    private var assertedSettling: Int64 = 0
    /// Only looks: it is no node, tells the server nothing and claims nothing.
    private let onlyReads: Bool
    /// Claims nothing, and starts what others have claimed for its pool.
    private let isWorker: Bool

    /// - Parameters:
    ///   - clock: hears with each renewal what the server's clock shows.
    ///   - host: what this host is called, for jobs that run on every host or on one.
    ///   - onlyReads: to look at what is there, for a verb.
    ///   - isWorker: it claims nothing: it has no place in the order of the nodes that do.
    public init(
        name: String, client: RedisClient, clock: StoreClock, options: RedisLedgerOptions = RedisLedgerOptions(), host: String,
        onlyReads: Bool = false, isWorker: Bool = false
    ) {
        self.name = name
        self.client = client
        self.clock = clock
        self.options = options
        self.onlyReads = onlyReads
        self.isWorker = isWorker
        prefix = "{cron:\(name)}:"
        node = NodeName.new(host: host)
        nodes = isWorker ? [] : [node]
    }

    /// One of the keys of the ledger `name`; the others are in the same slot of a cluster.
    public static func key(of name: String) -> String { "{cron:\(name)}:meta" }

    // MARK: Asking

    /// What every verb's script begins with, on a connection.
    func head(_ now: WallTime, _ link: RedisClient.Link) -> [RedisCommand.Word] {
        [
            .int(options.quarantine.wholeMilliseconds), .int(options.jump.wholeMilliseconds), .int(options.leaseDuration.wholeMilliseconds),
            .text(node), .text("\(link.generation):\(memory.fence)\(keepsFacts ? "f" : "")\(isWorker ? "w" : "")"), .int(options.runsKept),
            .int(now.nanoseconds),
        ]
    }

    /// Asks a verb, on a connection that knows what we remember.
    func ask(
        _ verb: RedisScript, now: WallTime = WallTime(nanoseconds: 0), _ arguments: [RedisCommand.Word]
    ) async throws(StoreError) -> RESPValue {
        try await following { link async throws(RedisError) in
            try await link.connection.evaluate(verb, key: self.prefix + "meta", self.head(now, link) + arguments)
        }
    }

    /// Runs a script that is no verb.
    func evaluate(
        _ script: RedisScript, _ arguments: [RedisCommand.Word], givesUpOutput: Bool = true
    ) async throws(StoreError) -> RESPValue {
        try await following(givesUpOutput: givesUpOutput) { link async throws(RedisError) in
            try await link.connection.evaluate(script, key: self.prefix + "meta", arguments)
        }
    }

    func send(_ commands: [RedisCommand]) async throws(StoreError) -> [RESPValue] {
        try await following { link async throws(RedisError) in try await link.connection.all(commands) }
    }

    /// Asks on the connection; where the cluster says that our keys moved, nothing was done, and the node that has them is asked. Nor was anything
    /// done where the server has no memory for it: it is asked again without the output that it keeps.
    func following<Answer: Sendable>(
        givesUpOutput: Bool = true, _ question: (RedisClient.Link) async throws(RedisError) -> Answer
    ) async throws(StoreError) -> Answer {
        do throws(RedisError) {
            let link = try await reached()
            do throws(RedisError) { return try await question(link) } catch {
                switch error.kind {
                case .moved: await client.leave(link)
                case .full where givesUpOutput: guard await giveUpOutput(on: link) else { throw error }
                default: throw error
                }
                return try await question(reached())
            }
        } catch { throw StoreError(error) }
    }

    /// The connection. No two calls assert for the same one; those behind the first are behind its assertion on the wire, too.
    func reached() async throws(RedisError) -> RedisClient.Link {
        let link = try await client.link()
        if link.generation > assertedGeneration, !onlyReads {
            assertedGeneration = link.generation
            do throws(RedisError) { try await tell(link) } catch {
                if assertedGeneration == link.generation { assertedGeneration -= 1 }
                throw error
            }
        }
        return link
    }

    /// Hands everything we remember to the server. Nothing is awaited before it is on its way.
    private func tell(_ link: RedisClient.Link) async throws(RedisError) {
        let connection = link.connection, head = head(WallTime(nanoseconds: 0), link)
        let batches =
            assertions(marks: memory.marks, pauses: memory.pauses.words, attempts: memory.held.map { ($0.key, $0.value) }) + reminders()
        let pending = batches.map { batch in
            let script: [RedisCommand.Word] = ["EVAL", .text(batch.script.source), "1", .text(prefix + "meta")]
            return (batch, connection.begin([RedisCommand(script + head + batch.arguments)]))
        }
        for (batch, future) in pending {
            let reply = try await connection.finish(future).first ?? .null
            if case .error(let words) = reply { throw batch.script.naming(connection.failure(words), key: prefix + "meta") }
            assertedSettling = max(assertedSettling, reply.elements?.dropFirst(2).first?.number ?? 0)
            for place in hear(reply) where place < batch.attempts.count { memory.held[batch.attempts[place]] = nil }
        }
    }

    /// Takes in what renew and assert answer: who lives, whether the server settles; answers the places of what is not ours any more.
    func hear(_ reply: RESPValue) -> [Int] {
        let parts = reply.elements ?? []
        guard parts.count >= 7 else { return [] }
        memory.saw(fence: parts[5].number ?? 0)
        let quarantine = Duration.milliseconds(parts[1].number ?? 0)
        settledAt = quarantine > .zero ? clock.monotonic + quarantine : nil
        nodes = Set((parts[4].elements ?? []).compactMap(\.text) + (isWorker ? [] : [node])).sorted()
        memory.hear(pauses: parts[6].elements ?? [])
        if let living = parts[4].elements, let zones = parts.at(7)?.elements, zones.count == living.count {
            self.zones = Dictionary(
                zip(living, zones).compactMap { node, zone in node.text.flatMap { node in zone.text.map { (node, RowText.decoded($0)) } } },
                uniquingKeysWith: { $1 })
        }
        jobsMark = parts.at(8)?.number ?? jobsMark
        ordersMark = parts.at(12)?.number ?? ordersMark
        older = takenOver(parts.at(9)?.text ?? "", at: parts[0].number ?? 0)
        return (parts[3].elements ?? []).compactMap { place in place.number.flatMap { $0 >= 1 ? Int(clamping: $0 - 1) : nil } }
    }

    /// Of whom the store was taken over within the last hour: when in ms, and their names. Later nobody runs them any more.
    private func takenOver(_ text: String, at microseconds: Int64) -> Set<String> {
        let words = text.split(separator: " ")
        guard let at = words.first.flatMap({ Int64($0) }), microseconds / 1000 &- at < 3_600_000 else { return [] }
        return Set(words.dropFirst().map { RowText.decoded(String($0)) })
    }

    /// The server settles, or did so since we last heard: the next call tells it what we remember, once for each time. `true` if so.
    @discardableResult
    func heardOfSettling(until end: Int64?) -> Bool {
        guard let end, end > assertedSettling else { return false }
        assertedSettling = end
        assertedGeneration = 0
        return true
    }

    /// Takes in what the server's clock showed. After it was set back, ends of quarantines that were known mean nothing.
    func heard(_ answer: ClockEstimate.Answer) {
        if let jump = clock.hear(answer), jump < .zero { assertedSettling = 0 }
    }

    /// Told with the next renewal.
    public func announce(zone: String) { ownZone = RowText.encoded(zone) }

    /// As of the last renewal, but for pauses that have come to their end since.
    public func view() -> SharedView {
        let left = settledAt.map { max(.zero, $0 - clock.monotonic) } ?? .zero
        return SharedView(
            nodes: nodes, clockOffset: clock.difference, quarantine: left, paused: memory.pauses.jobs(now: clock.wall), zones: zones,
            storedJobs: jobsMark, orders: ordersMark, refused: older, hosts: Set(nodes.compactMap { NodeName($0)?.host }))
    }
}

extension StoreError {
    public init(_ error: RedisError) {
        switch error.kind {
        case .full: self.init(.full, error.description)
        case .readOnly: self.init(.readOnly, error.description)
        case .forbidden: self.init(.forbidden, error.description)
        case .newerStore: self.init(.newerSchema, error.description)
        case .wrongType: self.init(.wrongType, error.description)
        default: self.init(.unavailable, error.description)
        }
        mayPass = error.isTransient
    }
}
