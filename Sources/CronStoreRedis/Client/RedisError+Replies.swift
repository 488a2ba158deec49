extension RedisError {
    /// What an error reply means.
    init(reply: String, server: String) {
        let word = reply.prefix { $0 != " " }
        self.init(Self.kind(word, reply), server, String(reply.prefix(200)))
    }

    private static func kind(_ word: Substring, _ reply: String) -> Kind {
        switch word {
        case "WRONGPASS": return .wrongPassword
        case "NOAUTH": return .passwordWanted
        case "DENIED" where reply.hasMark("protected mode"): return .protectedMode
        case "NOPERM": return .forbidden
        case "READONLY": return .readOnly
        case "OOM": return .full
        case "MISCONF": return .cannotPersist
        case "NOREPLICAS": return .tooFewReplicas
        case "LOADING": return .loading
        case "BUSY": return .busy
        case "MASTERDOWN": return .masterDown
        case "MOVED": return .moved
        case "CLUSTERDOWN", "ASK", "CROSSSLOT", "TRYAGAIN": return .cluster
        case "NOSCRIPT": return .noScript
        case "NEWERSTORE": return .newerStore
        case "WRONGTYPE": return .wrongType
        default: break
        }
        // An error inside a script is wrapped by some versions.
        for (mark, kind) in [
            ("-READONLY", Kind.readOnly), ("-OOM", .full), ("-MISCONF", .cannotPersist), ("-NOREPLICAS", .tooFewReplicas),
            ("-NOPERM", .forbidden), ("can't run this command", .forbidden), ("can't access at least one of the keys", .forbidden),
            ("max number of clients reached", .tooManyClients), ("non local key in a cluster", .cluster),
            ("invalid password", .wrongPassword), ("invalid username-password", .wrongPassword), ("no password is set", .wrongPassword),
            ("without any password configured", .wrongPassword), ("DB index", .wrongDatabase), ("invalid DB", .wrongDatabase),
            ("SELECT is not allowed in cluster", .wrongDatabase), ("can't write against a read only replica", .readOnly),
            ("command not allowed when used memory", .full), ("WRONGTYPE Operation", .wrongType),
        ] where reply.hasMark(mark) { return kind }
        return .refused
    }
}

extension String {
    func hasMark(_ mark: String) -> Bool {
        let bytes = Array(utf8), wanted = Array(mark.utf8)
        guard bytes.count >= wanted.count else { return false }
        return (0...bytes.count - wanted.count).contains { bytes[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
}
