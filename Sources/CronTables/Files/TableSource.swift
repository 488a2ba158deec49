public import CronJobs
public import Crontabs
internal import Glibc

/// How a file of the table is read, and whose its lines are.
public struct FileForm: Hashable, Sendable {
    public var format: CrontabFormat
    /// As whom lines run that name no user; `nil` for the service's own.
    public var owner: String?

    public init(_ format: CrontabFormat, owner: String? = nil) {
        self.format = format
        self.owner = owner
    }
}

/// Where the table is read from: named files, and folders of drop-in files such as `/etc/cron.d`.
public struct TableSource: Hashable, Sendable {
    public var files: [String]
    public var dropInFolders: [String]
    /// Of files and folders that have no form of their own.
    public var format: CrontabFormat
    /// Forms of single files, and of folders for all files in them.
    public var forms: [String: FileForm] = [:]
    /// Files that do not exist yet are waited for.
    public var waits: Bool
    /// `--trust-tables`: whoever can write them.
    public var trustsTables = false

    public init(files: [String], dropInFolders: [String] = [], format: CrontabFormat = .system, waits: Bool = false) {
        self.files = files
        self.dropInFolders = dropInFolders
        self.format = format
        self.waits = waits
    }

    /// How a file is read, and whose its lines are: by a form of its own, else its folder's, else the source's.
    public func form(of path: String) -> FileForm { forms[path] ?? forms[Self.folder(of: path)] ?? FileForm(format) }

    /// The order of the table: named files as they were named, then each folder's by name.
    public func ordered(_ files: [TableFile]) -> [TableFile] {
        let place = Dictionary(self.files.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let folders = Dictionary(dropInFolders.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        func rank(_ path: String) -> Int {
            if let named = place[path] { return named }
            return self.files.count + (folders[Self.folder(of: path)] ?? dropInFolders.count)
        }
        return files.map { (rank($0.path), $0) }.sorted { ($0.0, $0.1.path) < ($1.0, $1.1.path) }.map(\.1)
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return String(path[..<slash])
    }

    /// Whether a path is one of this table: nothing else is written, whatever a revision names.
    public func holds(_ path: String) -> Bool {
        if files.contains(path) { return true }
        guard let slash = path.lastIndex(of: "/") else { return false }
        return dropInFolders.contains(String(path[..<slash])) && Crontab.isDropInName(String(path[path.index(after: slash)...]))
    }

    public static let systemDefault = TableSource(files: ["/etc/crontab"], dropInFolders: ["/etc/cron.d"], waits: true)
}

/// What the table's files held at one moment.
public struct TableSnapshot: Hashable, Sendable {
    /// Which file it was, in which state.
    public struct Stamp: Hashable, Sendable {
        public var path: String
        public var device: UInt64
        public var inode: UInt64
        public var size: Int64
        public var modified: Int64
        public var changed: Int64

        public init(path: String, device: UInt64, inode: UInt64, size: Int64, modified: Int64, changed: Int64) {
            self.path = path
            self.device = device
            self.inode = inode
            self.size = size
            self.modified = modified
            self.changed = changed
        }
    }

    /// A file or folder that exists and could not be used.
    public struct Problem: Hashable, Sendable {
        /// What is the matter with it.
        public enum Kind: Hashable, Sendable {
            /// It cannot be read, or is no regular file.
            case unusable
            /// Others can write it.
            case refused
            /// A folder stands in a file's place.
            case folder
            /// A link that leads to no file.
            case leadsNowhere
            /// The folder of drop-in files cannot be listed.
            case folderOfDropIns
        }

        public var path: String
        public var message: String
        public var kind = Kind.unusable
        /// What the file last held is still in use.
        public var keepsContent: Bool { kind != .leadsNowhere }
    }

    /// Files that exist and could be read, in table order.
    public var files: [TableFile] = []
    public var stamps: [Stamp] = []
    /// Named files that do not exist.
    public var absent: [String] = []
    /// Files that exist and could not be used.
    public var problems: [Problem] = []

    /// The folders of drop-in files that are there.
    public var folders: [String: FolderIdentity] = [:]

    /// When the last of these files was changed; tells when a new line may have been meant to begin.
    func changedAt(_ paths: Set<String>) -> WallTime? {
        stamps.filter { paths.contains($0.path) }.map { max($0.modified, $0.changed) }.max().map(WallTime.init(nanoseconds:))
    }

    func identity(of path: String) -> FileIdentity? {
        stamps.first { $0.path == path }.map(FileIdentity.init)
    }
}
