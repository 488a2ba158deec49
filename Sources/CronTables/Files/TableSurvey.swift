internal import CronJobs

/// All that a start finds: the table's files, and how they stand there.
struct TableSurvey {
    var snapshot = TableSnapshot()
    /// Files that are symbolic links or cannot be written.
    var readOnly: Set<String> = []
    /// Folders of drop-in files that nothing can be put into.
    var fixedFolders: Set<String> = []
    /// Paths that lie on a mount of their own; the file itself may be mounted.
    var mounts: [String: MountPoints.Kind] = [:]
    /// What is to be said of named files that are not there.
    var missing: [String: String] = [:]

    init(_ snapshot: TableSnapshot) { self.snapshot = snapshot }

    /// Blocking.
    init(of source: TableSource) {
        snapshot = TableReader.read(source)
        let paths = snapshot.files.map(\.path), points = MountPoints()
        readOnly = Set(paths.filter(TableWriter.isReadOnly))
        fixedFolders = Set(source.dropInFolders.filter { TableWriter.isFixed(folder: $0) })
        for path in paths + snapshot.absent { mounts[path] = points.kind(of: path) }
        guard !source.waits else { return }
        for path in snapshot.absent { missing[path] = MissingTable(path).words }
    }

    /// Whether a file lies on a mount of its own, a volume or a bind mount: then no image brought it.
    ///
    /// A single file that is mounted from the file system of its folder counts only if it is the file that was there before: an engine that
    /// lays out each container's files beside each other mounts an image's file so.
    func isMounted(_ path: String, isKnownFile: Bool) -> Bool {
        switch mounts[path] {
        case .own: true
        case .ofFolder: isKnownFile
        case nil: false
        }
    }
}
