internal import CronProcesses
internal import LinuxEvents

/// A feature that is reduced or missing here: known at start, said once in one line with all the others, and shown by `status`.
struct ReducedFeature: Hashable, Sendable {
    /// The field of the log line: `store`, `socket`, `watch`.
    var what: String
    /// What that means and why it is so.
    var reason: String
    var remedy: String
}

extension ReducedFeature {
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
    /// One line for all that is reduced, none where nothing is.
    func report(_ reduced: [ReducedFeature]) {
        guard !reduced.isEmpty else { return }
        var fields = reduced.map { LogRecord.Field.text($0.what, $0.reason) }
        fields.append(.text("remedy", reduced.map(\.remedy).joined(separator: "; ")))
        record(.warning, "running with reduced features", fields)
    }
}

/// The features that are reduced now.
final class ReducedFeatures: Sendable {
    private let reduced = Locked<[ReducedFeature]>([])

    var all: [ReducedFeature] { reduced.withLock { $0 } }

    func add(_ added: [ReducedFeature]) { reduced.withLock { $0 += added } }

    func add(_ feature: ReducedFeature) { add([feature]) }

    /// Takes the place of what was reduced of that kind. True where something is reduced that was not.
    func replace(_ what: String, by feature: ReducedFeature?) -> Bool {
        reduced.withLock { reduced in
            let known = reduced.firstIndex { $0.what == what }
            switch (known, feature) {
            case (let known?, nil): reduced.remove(at: known)
            case (nil, let feature?): reduced.append(feature)
            default: return false
            }
            return feature != nil
        }
    }
}
