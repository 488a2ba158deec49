internal import CronProcesses

/// Something the service does without here: known at start, said once in one line with all the others, and shown by `status`.
struct Lack: Hashable, Sendable {
    /// The field of the log line: `store`, `socket`, `watch`.
    var what: String
    /// What that means and why it is so.
    var reason: String
    var remedy: String
}

extension Lack {
    /// Few runs have room at once: a minute in which more jobs are due starts the others late.
    ///
    /// - Parameter files: how many may be open.
    init?(runsAtOnce: Int, files: UInt64 = UInt64(FileLimit.current)) {
        guard runsAtOnce < 32 else { return nil }
        self.init(
            what: "descriptors", reason: "runs at once: \(runsAtOnce) at most, others wait: \(files) files may be open",
            remedy: "raise the limit of open files (ulimit -n, the container's --ulimit nofile=) to 4096 or more")
    }
}

extension Log {
    /// One line for all that is missing, none where nothing is.
    func report(_ lacks: [Lack]) {
        guard !lacks.isEmpty else { return }
        var fields = lacks.map { LogRecord.Field.text($0.what, $0.reason) }
        fields.append(.text("remedy", lacks.map(\.remedy).joined(separator: "; ")))
        record(.warning, "works without what is missing here", fields)
    }
}
