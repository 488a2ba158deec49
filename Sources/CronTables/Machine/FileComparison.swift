internal import CronJobs

// What a look at the files says beside what they last held.
//
//      cannot be used, or deleted by name      what is in use of it goes on
//      differs from what is in use, unchanged  what is in use of it: it was refused, or a revision could not be written into it
//      anything else                           changed, or as it was

struct FileComparison {
    let there: SettledFiles
    /// Files that keep what they last held, whatever stands there now.
    private(set) var kept: Set<String> = []
    /// Named files that are not there any more.
    let gone: [String]
    /// Files that hold another content than when they were last looked at.
    let changed: Set<String>

    init(_ snapshot: TableSnapshot, _ there: SettledFiles, _ settled: SettledFiles, _ inUse: TableInUse) {
        self.there = there
        for problem in snapshot.problems where problem.keepsContent {
            if problem.kind == .folderOfDropIns {
                kept.formUnion(inUse.paths.union(settled.hashes.keys).filter { TableSource.folder(of: $0) == problem.path })
            } else {
                kept.insert(problem.path)
            }
        }
        gone = snapshot.absent.filter { inUse.paths.contains($0) && settled.hashes[$0] != nil }
        kept.formUnion(gone)
        changed = settled.changes(to: there).subtracting(kept)
    }

    /// Attributes of files in use that are others than they were.
    func newAttributes(since settled: SettledFiles, in use: TableInUse) -> [String: FileAttributes] {
        settled.newAttributes(in: there).filter { path, _ in
            use.paths.contains(path) && !kept.contains(path) && !settled.differing.contains(path)
        }
    }

    /// Whether a file lost all its text: somebody may be writing it.
    func isEmptied(since settled: SettledFiles) -> Bool {
        let empty = TableHash.ofNothing
        return changed.contains { there.hashes[$0] == empty && settled.hashes[$0] ?? empty != empty }
    }
}
