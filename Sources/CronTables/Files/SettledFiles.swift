internal import CronJobs

/// What the table's files held when they were last looked at and found settled: what later looks compare with.
struct SettledFiles {
    /// Path to hash.
    var hashes: [String: String] = [:]
    /// Files whose content is not what is in use: refused, or not to be written.
    var differing: Set<String> = []
    /// Which files they were; empty where they must be looked at again whatever they are.
    var stamps: [TableSnapshot.Stamp] = []
    private(set) var folders: [String: FolderIdentity] = [:]

    init() {}

    /// - Parameter hash: of a file's bytes.
    init(_ files: [TableFile], hash: (TableFile) -> String) {
        for file in files { hashes[file.path] = hash(file) }
    }

    init(_ snapshot: TableSnapshot, hash: (TableFile) -> String) {
        self.init(snapshot.files, hash: hash)
        stamps = snapshot.stamps
        folders = snapshot.folders
    }

    /// Paths whose content is another one there.
    func changes(to other: SettledFiles) -> Set<String> {
        var changed = Set(hashes.keys).symmetricDifference(other.hashes.keys)
        for (path, hash) in hashes where other.hashes[path] ?? hash != hash { changed.insert(path) }
        return changed
    }

    /// Takes over what is there now; of some paths what was there before.
    mutating func take(_ other: SettledFiles, except kept: Set<String>) {
        var hashes = other.hashes.filter { !kept.contains($0.key) }
        for path in kept { hashes[path] = self.hashes[path] }
        self.hashes = hashes
        (stamps, folders) = (other.stamps, other.folders)
    }
}
