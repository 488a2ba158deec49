// tidy: helper

/// A run that ended, as a Redis keeps it: the fire times that it stands for, and its outcome.
struct LedgerRow {
    var first: Int
    var last: Int
    var outcome: String

    /// The rows of a job of the service `default`, by fire time.
    static func all(_ redis: Redis, job: String) async throws -> [LedgerRow] {
        let lines = try await redis.call("HGETALL", "{cron:default}:rows:\(job)").split(separator: "\n", omittingEmptySubsequences: false)
        var rows: [LedgerRow] = []
        for index in stride(from: 0, to: lines.count - 1, by: 2) {
            let words = lines[index + 1].split(separator: " ")
            guard let last = Int(lines[index].prefix { $0 != "#" }), words.count >= 9, let first = Int(words[0]) else {
                throw Complaint("\(job) has a row \"\(lines[index]) \(lines[index + 1])\"")
            }
            rows.append(LedgerRow(first: first, last: last, outcome: String(words[8])))
        }
        return rows.sorted { $0.last < $1.last }
    }

    /// Fire times between the first and the last of a job of every second that no row stands for.
    static func gaps(_ rows: [LedgerRow]) -> [Int] {
        guard let first = rows.map(\.first).min(), let last = rows.map(\.last).max() else { return [] }
        var known: Set<Int> = []
        for row in rows { known.formUnion(row.first...max(row.first, row.last)) }
        return (first...last).filter { !known.contains($0) }
    }

    /// Attempts that were claimed and have no outcome.
    static func open(_ redis: Redis) async throws -> [String] {
        try await redis.call("HKEYS", "{cron:default}:runs").split(separator: "\n").map(String.init)
    }
}
