internal import CronProcesses
internal import LinuxEvents

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

/// What the service does without now.
final class LackBook: Sendable {
    private let lacks = Locked<[Lack]>([])

    var all: [Lack] { lacks.withLock { $0 } }

    func add(_ added: [Lack]) { lacks.withLock { $0 += added } }

    func add(_ lack: Lack) { add([lack]) }

    /// Takes the place of what was lacking of that kind. True where something is lacking that was not.
    func replace(_ what: String, by lack: Lack?) -> Bool {
        lacks.withLock { lacks in
            let known = lacks.firstIndex { $0.what == what }
            switch (known, lack) {
            case (let known?, nil): lacks.remove(at: known)
            case (nil, let lack?): lacks.append(lack)
            default: return false
            }
            return lack != nil
        }
    }
}
