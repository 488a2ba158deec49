internal import CronExpressions
public import CronJobs

// Facts: a sorted set by their numbers. That they are wanted is said with every verb by the node whose consumer wants them.

extension RedisLedger: FactStore {
    private static let factsPerPage = 1000

    /// Switched off, they are dropped; the next verb of a node that wants them switches them on again.
    public func keepFacts(_ isWanted: Bool) async throws(StoreError) {
        keepsFacts = isWanted
        if isWanted {
            _ = try await renew([], now: WallTime(nanoseconds: 0))
        } else {
            _ = try await evaluate(.forgetFacts, [])
        }
    }

    /// A thousand a call at most; their numbers grow also over what the server lost.
    public func facts(after cursor: Int64, limit: Int) async throws(StoreError) -> FactPage {
        guard limit > 0 else { return FactPage(facts: [], after: cursor, hasGap: false) }
        let replies = try await send([
            RedisCommand(
                "ZRANGEBYSCORE", .text(prefix + "facts"), .text("(\(cursor)"), "+inf", "LIMIT", "0", .int(min(limit, Self.factsPerPage))),
            RedisCommand("HMGET", .text(prefix + "meta"), "facts:gone", "fact"), RedisCommand("ZCARD", .text(prefix + "facts")),
        ])
        let facts = (replies.first?.elements ?? []).compactMap { $0.text.flatMap { Fact($0) } }
        let meta = replies.at(1)?.elements ?? [], last = meta.at(1)?.number ?? 0
        let gone = replies.at(2)?.number == 0 ? last : meta.first?.number ?? 0
        return FactPage(facts: facts, after: cursor, hasGap: cursor < gone)
    }

    public func noteDegraded(_ what: String, reason: String, now: WallTime) async throws(StoreError) {
        _ = try await evaluate(.degraded, [.text(RowText.encoded(what)), .text(RowText.encoded(reason))])
    }

    /// 0 where there was none.
    public func lastFact() async throws(StoreError) -> Int64 {
        try await send([RedisCommand("HGET", .text(prefix + "meta"), "fact")]).first?.number ?? 0
    }
}

extension Fact {
    /// As the scripts tell it; `nil` for what is none.
    fileprivate init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 4, let number = Int64(words[0]), let at = Int64(words[1]).flatMap({ WallTime(microseconds: $0) }),
            let kind = Kind(words[2], words[3])
        else { return nil }
        self.init(number: number, at: at, kind: kind)
    }
}

extension Fact.Kind {
    fileprivate init?(_ letter: Substring, _ rest: Substring) {
        func parts(_ count: Int) -> [String]? {
            let parts = rest.split(separator: " ", maxSplits: count - 1, omittingEmptySubsequences: false)
            return parts.count == count ? parts.map { String($0) } : nil
        }
        switch letter {
        case "B":
            guard let parts = parts(3), let key = AttemptKey(job: JobID(parts[2]), field: parts[0]), let at = Int64(parts[1]) else {
                return nil
            }
            self = .started(key.run, attempt: key.attempt, at: WallTime(nanoseconds: at))
        case "D":
            guard let parts = parts(2) else { return nil }
            self = .degraded(RowText.decoded(parts[0]), reason: RowText.decoded(parts[1]))
        case "E":
            guard let parts = parts(5), let key = AttemptKey(job: JobID(parts[4]), field: parts[0]), let first = Int64(parts[1]),
                let count = Int64(parts[2])
            else { return nil }
            self = .ended(
                key.run, attempt: key.attempt, outcome: Outcome(RowText.decoded(parts[3])) ?? .unconfirmed, first: Instant(first),
                count: Int(clamping: count))
        case "S":
            guard let parts = parts(2), let key = AttemptKey(job: JobID(parts[1]), field: parts[0]) else { return nil }
            self = .takenOver(key.run, attempt: key.attempt)
        case "T":
            guard let revision = Int(rest) else { return nil }
            self = .tableChanged(revision: revision)
        default: return nil
        }
    }
}
