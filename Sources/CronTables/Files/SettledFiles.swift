internal import CronJobs

/// What the table's files held when they were last looked at and found settled: what later looks compare with.
struct SettledFiles {
    /// Path to hash.
    private(set) var hashes: [String: String] = [:]
    /// Files whose content is not what is in use: refused, or not to be written.
    var differing: Set<String> = []
    /// Which files they were; empty where they must be looked at again whatever they are.
    private(set) var stamps: [TableSnapshot.Stamp] = []
    private(set) var folders: [String: FolderIdentity] = [:]
    /// Path to mode, owner and the like.
    private var attributes: [String: FileAttributes] = [:]

    init() {}

    /// - Parameter hash: of a file's bytes.
    init(_ files: [TableFile], hash: (TableFile) -> String) {
        for file in files { hashes[file.path] = hash(file) }
    }

    init(_ snapshot: TableSnapshot, hash: (TableFile) -> String) {
        self.init(snapshot.files, hash: hash)
        stamps = snapshot.stamps
        folders = snapshot.folders
        for file in snapshot.files { attributes[file.path] = file.attributes }
    }

    /// Which files they are.
    var identities: [String: FileIdentity] {
        Dictionary(stamps.map { ($0.path, FileIdentity($0)) }, uniquingKeysWith: { _, last in last })
    }

    /// Paths whose content is another one there.
    func changes(to other: SettledFiles) -> Set<String> {
        var changed = Set(hashes.keys).symmetricDifference(other.hashes.keys)
        for (path, hash) in hashes where other.hashes[path] ?? hash != hash { changed.insert(path) }
        return changed
    }

    /// Attributes that files have there and had not here.
    func newAttributes(in other: SettledFiles) -> [String: FileAttributes] {
        other.attributes.filter { path, new in attributes[path].map { $0 != new } ?? false }
    }

    /// Takes over what is there now; of some paths what was there before.
    mutating func take(_ other: SettledFiles, except kept: Set<String>) {
        var hashes = other.hashes.filter { !kept.contains($0.key) }
        for path in kept { hashes[path] = self.hashes[path] }
        self.hashes = hashes
        (stamps, folders, attributes) = (other.stamps, other.folders, other.attributes)
    }

    /// A file that cannot be used holds nothing that another content is equal to: whatever becomes of it, also that it goes, is a change.
    mutating func note(unusable path: String) {
        if hashes[path] == nil { hashes[path] = "" }
    }

    /// Notes which files are not what they should be; those that are just being edited are to be looked at again.
    mutating func compare(with wanted: SettledFiles, isEdit: (String) -> Bool) {
        for path in wanted.changes(to: self) {
            if isEdit(path) {
                hashes[path] = wanted.hashes[path]
                stamps = []
            } else {
                differing.insert(path)
            }
        }
    }
}

/// The hashes of files' bytes, each made once.
struct FileHashes {
    private var known: [String: (content: [UInt8], hash: String)] = [:]

    subscript(file: TableFile) -> String {
        mutating get {
            if let known = known[file.path], known.content == file.content { return known.hash }
            let hash = TableHash.hash(content: file.content)
            known[file.path] = (file.content, hash)
            return hash
        }
    }
}
