internal import CronJobs

// What is in use of the table is one value, and `TableKeeper.take` is the one place that replaces it. It is made whole before that: compiled, with
// the last good versions of what is wrong in it, admitted by the service, and published. So nobody ever sees the jobs of one content beside the
// number, the files or the faults of another.

/// A content of the table as it is in use.
struct TableInUse: Sendable {
    /// `nil` where there is no table at all.
    private(set) var revision: Revision?
    /// A value of its own: the optimiser of Swift 6.3 dies of `revision?.number` in `isCurrent`.
    private(set) var number: Int?
    let hash: String
    let paths: Set<String>
    /// Kept on a shared store only: one that has lost the table gets it back.
    private(set) var files: [TableFile]?
    /// Files that were written from a revision, not found.
    let restored: Set<String>
    /// Lines that do not run as they stand.
    let badLines: Int
    /// Files with a line that runs in its last good version.
    let stalePaths: Set<String>

    /// Before the start.
    static let nothing = TableInUse(nil, [], hash: "", CompiledTable(), restored: [], keepsFiles: false)

    init(_ revision: Revision?, _ files: [TableFile], hash: String, _ table: CompiledTable, restored: Set<String>, keepsFiles: Bool) {
        self.revision = revision
        number = revision?.number
        self.hash = hash
        self.files = keepsFiles && revision != nil ? files : nil
        paths = Set(files.map(\.path))
        self.restored = restored.intersection(paths)
        badLines = table.faults.count
        var stale: Set<String> = []
        if !table.stale.isEmpty {
            for (job, place) in zip(table.jobs, table.places) where table.stale.contains(job.id) {
                stale.insert(table.paths[Int(place.file)])
            }
        }
        stalePaths = stale
    }

    /// The same content, as another revision has it.
    func renumbered(_ revision: Revision) -> TableInUse {
        var other = self
        other.revision = revision
        other.number = revision.number
        return other
    }

    /// The same content, in files with other attributes.
    func noting(_ attributes: [String: FileAttributes]) -> TableInUse {
        var other = self
        other.files = files?.with(attributes)
        return other
    }
}
