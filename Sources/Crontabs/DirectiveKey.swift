/// The keys of DIALECT clause 11: those that this version honours, and those that it knows and refuses.
enum DirectiveKey: String, CaseIterable {
    case name, tz, every, after, until, jitter, overlap, grace, attempts, backoff, host, log, cwd, umask, dialect
    case maxRunning = "max-running"
    case catchUp = "catch-up"
    case storeDown = "store-down"

    static let notYet: Set<String> = [
        "timeout", "kill-after", "success-codes", "nice", "exec", "linger",
        "limit-memory", "limit-cpu", "limit-files", "no-new-privs", "load-gate", "on-stop", "publish", "exchange", "key", "via", "pool",
        "ack", "on-failure", "ping", "notify",
    ]

    /// The known key that a misspelt one was probably meant to be.
    static func nearest(to word: String) -> String? {
        nearest(to: word, among: allCases.map(\.rawValue) + notYet.sorted())
    }

    static func nearest(to word: String, among known: [String]) -> String? {
        let wanted = Array(word.lowercased().utf8.prefix(32))
        var best: (distance: Int, key: String)?
        for key in known {
            let distance = distance(wanted, Array(key.utf8))
            if distance < best?.distance ?? Int.max { best = (distance, key) }
        }
        guard let best, best.distance <= max(1, min(3, wanted.count / 2)) else { return nil }
        return best.key
    }

    static func isKnown(_ word: String) -> Bool { DirectiveKey(rawValue: word) != nil || notYet.contains(word) }

    /// Letters to add, drop, replace or swap.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var row = [i + 1]
            for (j, y) in b.enumerated() {
                var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (x == y ? 0 : 1))
                if i > 0, j > 0, x == b[j - 1], a[i - 1] == y { best = min(best, beforeLast[j - 1] + 1) }
                row.append(best)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
