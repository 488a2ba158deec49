internal import CronJobs

// What this host's services found and left, as this one knows it and as the store has it. It is written with each change that was applied, and
// once a day by a service that runs for long; what fails then costs nothing, and is tried again with the next change.

/// The bases of this host, with what of them the store does not have yet.
struct HostBases {
    private static let age = Duration.seconds(86_400)

    private(set) var base = TableBase()
    /// What the newest deployment found, as far as this life of the service knows.
    var deployment: String?
    /// Named files that this life of the service saw deleted.
    private var knownDeleted: Set<String> = []
    /// As it was last written, and the files of this service's in it; `nil` where the store may not have them.
    private var written: (at: WallTime, base: TableBase, left: [String: FileIdentity])?
    private var entered: [String: FileIdentity] = [:]

    /// A start found this.
    mutating func begin(_ base: TableBase, once: Set<String>) {
        self.base = base
        self.base.once = once
    }

    /// A line that only a mixture has twice is no longer known for one when the table does not have it twice any more.
    mutating func keepOnce(_ ids: () -> Set<String>) {
        if !base.once.isEmpty { base.once.formIntersection(ids()) }
    }

    /// A named file that is deleted while a service runs has no base, until it is back.
    mutating func note(deleted: Set<String>, seen: Set<String>, folders: [String: FolderIdentity]) {
        base.unknown.subtract(knownDeleted.subtracting(deleted))
        knownDeleted.formUnion(deleted.subtracting(base.unknown))
        base.unknown.formUnion(deleted)
        base.seen = seen
        base.folders = folders
    }

    /// The store has lost them, or may have.
    mutating func forgetWritten() { written = nil }

    /// A host that runs for long is not forgotten.
    mutating func isOld(at now: WallTime) -> Bool {
        guard let written, now - written.at > Self.age else { return false }
        self.written = nil
        return true
    }

    func isWritten(_ left: [String: FileIdentity]) -> Bool {
        guard let written else { return false }
        return written.left == left && written.base == base
    }

    /// Joins with what the store has: other containers may share the host's name.
    ///
    /// - Parameters:
    ///   - isStart: this start's bases are the host's from now on; a service that runs leaves those of the last start as they are.
    ///   - left: the files that hold what is in use.
    ///   - replaced: files that are another image's than at the host's last start.
    /// - Returns: whether it is to be written.
    mutating func join(
        _ stored: TableBase?, isStart: Bool, left: [String: FileIdentity], replaced: Set<String>, of source: TableSource
    ) -> Bool {
        if !isStart, let stored {
            base.files = stored.files
            base.unknown = stored.unknown.subtracting(knownDeleted).union(base.unknown.intersection(knownDeleted))
        }
        base.left = (stored?.left ?? [:]).filter { !replaced.contains($0.key) }
        for (path, identity) in left { base.leave(path, identity, insteadOf: entered[path]) }
        base.left = base.left.filter { source.holds($0.key) }
        return base != stored || written == nil
    }

    mutating func noteWritten(_ left: [String: FileIdentity], at now: WallTime) {
        written = (now, base, left)
        entered = left
    }
}
