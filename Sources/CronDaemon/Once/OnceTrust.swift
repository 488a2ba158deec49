internal import CronExpressions
package import CronJobs
package import CronTables

// Which jobs that run once may be run here. They lie in the store, and whoever can write to a shared store can put anything there; where it is
// run by root, that must not be a way to a root shell.
//
//     store            key          what runs here
//     our own file     –            all: nobody else writes there
//     shared           table key    what is signed with it
//     shared           none, and the table of others is followed      all: those who write there are trusted with the table, too
//     shared           none         what this host took, signed with a key of its own; others' is left to them
//
// A signature covers the service's name, id, time and the whole body, so nothing of it can be another's, or another time's.

/// Judges what a store has, and signs what goes there.
package struct OnceTrust: Sendable {
    package enum Verdict: Hashable, Sendable {
        case usable
        /// Another host took it, and runs it.
        case foreign(String)
        case refused(Refusal)
    }

    package enum Refusal: String, Hashable, Sendable {
        case unsigned = "it is not signed: it was written by somebody without the key, or before there was one"
        case altered = "its signature does not belong to it under this service's key"
        case notOurs = "it is not signed with this host's own key: that was lost, or somebody else wrote it"
        case again = "it ran already or was cancelled, and was put back"
        case unreadable = "it is damaged, or of a newer version"
    }

    let name: String
    let host: String
    let isShared: Bool
    let tableKey: TableKey?
    let follows: Bool
    /// Used where there is no key for all; `nil` as long as nothing was taken here.
    package var hostKey: TableKey?

    package init(name: String, host: String, isShared: Bool, tableKey: TableKey?, follows: Bool, hostKey: TableKey? = nil) {
        self.name = name
        self.host = host
        self.isShared = isShared
        self.tableKey = tableKey
        self.follows = follows
        self.hostKey = hostKey
    }

    /// What is taken here is run here, and nowhere else.
    package var staysHere: Bool { isShared && tableKey == nil && !follows }

    package func judge(_ kept: KeptOnce) -> Verdict {
        guard isShared else { return .usable }
        if let tableKey {
            guard let mac = kept.mac else { return .refused(.unsigned) }
            return tableKey.isAuthenticationCode(mac, of: text(kept)) ? .usable : .refused(.altered)
        }
        if follows { return .usable }
        guard kept.job.by.host == host else { return .foreign(kept.job.by.host) }
        guard let mac = kept.mac, let hostKey, hostKey.isAuthenticationCode(mac, of: text(kept)) else { return .refused(.notOurs) }
        return .usable
    }

    package func sign(_ job: OnceJob) -> StoredJob {
        let key = isShared ? tableKey ?? hostKey : nil
        return job.stored(mac: key?.authenticationCode(of: text(job.id, job.time.seconds, job.body)))
    }

    private func text(_ kept: KeptOnce) -> String { text(kept.job.id, kept.job.time.seconds, kept.body) }

    /// Name, id and time have no line end in them; so no two jobs have the same text.
    private func text(_ id: JobID, _ seconds: Int64, _ body: String) -> String {
        "swift-crond once 1\n\(name)\n\(id)\n\(seconds)\n\(body)"
    }
}
