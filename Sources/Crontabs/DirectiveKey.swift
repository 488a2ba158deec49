internal import CronExpressions

/// The keys of DIALECT 11: those that this version honours, and those that it knows and refuses.
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

    static func nearest(to word: String, among known: [String]) -> String? { Spelling.nearest(to: word, among: known).first }

    static func isKnown(_ word: String) -> Bool { DirectiveKey(rawValue: word) != nil || notYet.contains(word) }
}
