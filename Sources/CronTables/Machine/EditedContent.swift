internal import CronJobs

// The content that follows from a look: what was found, but for files that keep what they last held, and for those whose new content is refused.

struct EditedContent {
    private(set) var files: [TableFile]
    private(set) var hash = ""
    private(set) var compiled = CompiledTable()
    /// Changed files that are not used, with the reason.
    private(set) var refused: [String: String] = [:]
    /// What is to be said about them.
    private(set) var diagnosed = CompiledTable()

    /// - Parameter held: the files of what is in use.
    /// - Returns: `nil` where these are needed and not given.
    init?(_ snapshot: TableSnapshot, _ look: FileComparison, held: [TableFile]?, _ situation: TableSituation) {
        var kept = look.kept.union(situation.settled.differing.subtracting(look.changed))
        guard let files = Self.files(snapshot, keeping: kept, held, situation) else { return nil }
        self.files = files
        // Each round refuses a file more; the last one takes what is left.
        for _ in 0...look.changed.count {
            compiled = situation.compiled(self.files)
            let new = Self.refusals(situation.unusable(compiled), look.changed).filter { !kept.contains($0.key) }
            guard !new.isEmpty else { break }
            if diagnosed.diagnostics.isEmpty { diagnosed = compiled }
            refused.merge(new) { first, _ in first }
            kept.formUnion(new.keys)
            guard let files = Self.files(snapshot, keeping: kept, held, situation) else { return nil }
            self.files = files
        }
        hash = TableHash.hash(self.files)
    }

    /// Which of the changed files are to blame.
    private static func refusals(_ unusable: [String: String], _ changed: Set<String>) -> [String: String] {
        // What changed made another file's lines wrong.
        if let reason = unusable.values.first, changed.isDisjoint(with: unusable.keys) {
            return Dictionary(changed.map { ($0, reason) }, uniquingKeysWith: { first, _ in first })
        }
        return unusable.filter { changed.contains($0.key) }
    }

    private static func files(
        _ snapshot: TableSnapshot, keeping kept: Set<String>, _ held: [TableFile]?, _ situation: TableSituation
    ) -> [TableFile]? {
        let found = snapshot.files.filter { !kept.contains($0.path) }
        guard !kept.isDisjoint(with: situation.inUse.paths) else { return found }
        guard let held else { return nil }
        return situation.source.ordered(found + held.filter { kept.contains($0.path) })
    }
}
