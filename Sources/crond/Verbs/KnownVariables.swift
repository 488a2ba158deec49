internal import CronExpressions

/// The variables that a service goes by. One with nearly such a name is passed over, and would be so without a word.
enum KnownVariables {
    /// Of which each may be read from a file that `NAME_FILE` names.
    static let secrets: Set<String> = ["CROND_AMQP", "CROND_ON_FAILURE", "CROND_STORE", "CROND_TABLE_KEY", "CROND_WEBHOOK_SECRET"]
    static let plain: Set<String> = [
        "CROND_ADOPT_NAME", "CROND_AMQP_CONSUMER_TIMEOUT", "CROND_CGROUP", "CROND_DRAIN", "CROND_EVENTS", "CROND_EVENT_OUTPUT",
        "CROND_EXEC", "CROND_FOLLOW", "CROND_FORMAT", "CROND_HOST", "CROND_JOB_KILL_AFTER", "CROND_KEEP_OUTPUT",
        "CROND_KEEP_OUTPUT_TOTAL", "CROND_KILL_AFTER", "CROND_LATE_AFTER", "CROND_LIMIT_ADDRESS_SPACE", "CROND_LIMIT_CPU",
        "CROND_LIMIT_CPU_TIME", "CROND_LIMIT_FILES", "CROND_LIMIT_MEMORY", "CROND_LINGER", "CROND_LOAD_GATE", "CROND_LOG_FORMAT",
        "CROND_LOG_LEVEL", "CROND_MAIL_ON", "CROND_MAX_RUNNING", "CROND_NAME", "CROND_NICE", "CROND_NOTIFY", "CROND_NO_NEW_PRIVS",
        "CROND_ON_START", "CROND_ON_STOP", "CROND_OVERLAP", "CROND_PASSTHROUGH", "CROND_POOL", "CROND_REDACT", "CROND_SEED",
        "CROND_SLOTS", "CROND_SOCKET", "CROND_SPLIT", "CROND_STRICT", "CROND_STRICT_USERS", "CROND_SUCCESS_CODES", "CROND_TABLE",
        "CROND_TIMEOUT", "CROND_TRUST_TABLES", "CROND_TZ", "CROND_WAIT_FOR_TABLE",
    ]
    static let all = plain.union(secrets).union(secrets.map { $0 + "_FILE" })

    /// Variables that set nothing, in words: `CROND_STOER (did you mean CROND_STORE?)`. What Kubernetes sets for a service that is named crond is
    /// none of them.
    static func slips(in environment: [String: String]) -> [String] {
        let names = environment.keys.filter { $0.hasPrefix("CROND_") && !all.contains($0) }.sorted()
        return names.compactMap { name in
            if name.hasSuffix("_FILE"), plain.contains(String(name.dropLast(5))) {
                return "\(name) (only \(name.dropLast(5)) itself is known)"
            }
            guard !name.contains("_SERVICE_"), !name.hasPrefix("CROND_PORT") else { return nil }
            // What all names begin with says nothing about how near they are.
            let near = Spelling.nearest(to: String(name.dropFirst(6)), among: all.map { String($0.dropFirst(6)) }).map { "CROND_" + $0 }
            return (near + joined(name)).first.map { "\(name) (did you mean \($0)?)" }
        }
    }

    /// A known name with other strokes in it: `CROND_LOGFORMAT`.
    private static func joined(_ name: String) -> [String] { all.filter { $0.filter { $0 != "_" } == name.filter { $0 != "_" } }.sorted() }
}
