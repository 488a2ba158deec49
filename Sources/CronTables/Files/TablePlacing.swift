internal import CronJobs
internal import Crontabs

/// A file of the table that a revision should have gone into, and why it could not be written.
public struct UnwrittenFile: Hashable, Codable, Sendable {
    public var path: String
    public var reason: String

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }
}

/// A file that is to be written, and what was there when that was decided: something else is an edit, and stays.
struct TableWrite {
    var file: TableFile
    var over: FileReplacement.Expected
}

// What makes the table's files what a revision says. A revision may come from a store that others can write to: only the table's own files are
// ever touched, and none of them that must not be read.
struct TablePlacing {
    private enum Step {
        case write(TableWrite)
        case remove(String)
        case pass(String, reason: String)
    }

    /// What became of the files.
    struct Outcome {
        var restored: Set<String> = []
        var unwritten: [UnwrittenFile] = []
        /// Those of them that somebody saved in this moment: an edit, to be looked at.
        var overtaken: Set<String> = []
        var events: [TableEvent] = []
    }

    private let revision: Int
    private var steps: [Step] = []
    /// Named files that the revision does not have: they stay.
    private(set) var kept: [String] = []

    /// Writes these files.
    ///
    /// - Parameter spared: files that are refused: they are not written over.
    init(
        _ files: [TableFile], removing removed: [String] = [], over snapshot: TableSnapshot, revision: Int,
        sparing spared: Set<String> = [],
        of source: TableSource
    ) {
        self.revision = revision
        for file in files where !snapshot.files.contains(file) {
            let obstacle = Self.obstacle(to: file.path, snapshot, spared, source)
            steps.append(
                obstacle.map { .pass(file.path, reason: $0) }
                    ?? .write(TableWrite(file: file, over: Self.expected(at: file.path, snapshot))))
        }
        steps += removed.map(Step.remove)
    }

    /// Writes the whole table, and takes away drop-in files that it does not have. These are in an earlier revision.
    init(
        whole files: [TableFile], over snapshot: TableSnapshot, revision: Int, sparing spared: Set<String> = [], of source: TableSource
    ) {
        let wanted = Set(files.map(\.path))
        let others = snapshot.files.map(\.path).filter { !wanted.contains($0) && !spared.contains($0) }
        let named = Set(source.files)
        self.init(
            files, removing: others.filter { !named.contains($0) }, over: snapshot, revision: revision, sparing: spared, of: source)
        kept = others.filter(named.contains)
    }

    private static func expected(at path: String, _ snapshot: TableSnapshot) -> FileReplacement.Expected {
        if let file = snapshot.files.first(where: { $0.path == path }) { return .content(file.content) }
        return snapshot.problems.contains { $0.path == path } ? .anything : .absent
    }

    private static func obstacle(
        to path: String, _ snapshot: TableSnapshot, _ spared: Set<String>, _ source: TableSource
    ) -> String? {
        if !source.holds(path) { return "it is no file of this table" }
        if spared.contains(path) { return "it is refused, and not written over" }
        return snapshot.problems.first { $0.path == path && $0.kind == .refused }?.message
    }

    var question: TableMachine.Question {
        var written: [TableWrite] = [], removed: [String] = []
        for step in steps {
            switch step {
            case .write(let write): written.append(write)
            case .remove(let path): removed.append(path)
            case .pass: break
            }
        }
        return .write(written, removing: removed)
    }

    /// - Parameter failures: why files could not be written or removed.
    func outcome(_ failures: [String: FileReplacement.Failure]) -> Outcome {
        var outcome = Outcome()
        func fail(_ path: String, _ reason: String, _ event: TableEvent) {
            outcome.unwritten.append(UnwrittenFile(path: path, reason: reason))
            outcome.events.append(event)
        }
        func failWriting(_ path: String, _ reason: String) {
            fail(path, reason, .notWritten(path: path, reason: reason, revision: revision))
        }
        for step in steps {
            switch step {
            case .pass(let path, let reason): failWriting(path, reason)
            case .write(let write):
                let path = write.file.path
                switch failures[path] {
                case nil:
                    outcome.restored.insert(path)
                    outcome.events.append(.restored(path: path, revision: revision))
                case .reason(let reason): failWriting(path, reason)
                case .changed:
                    outcome.overtaken.insert(path)
                    failWriting(path, "somebody saved it in this very moment, and their text counts as an edit")
                }
            case .remove(let path):
                if case .reason(let reason) = failures[path] {
                    fail(path, reason, .dropInStays(path: path, reason: reason))
                } else {
                    outcome.events.append(.dropInRemoved(path: path, revision: revision))
                }
            }
        }
        return outcome
    }
}
