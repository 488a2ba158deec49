public import CronJobs
public import Crontabs
internal import Glibc

/// Where the table is read from: named files, and folders of drop-in files such as `/etc/cron.d`.
public struct TableSource: Hashable, Sendable {
    public var files: [String]
    public var dropInFolders: [String]
    public var format: CrontabFormat

    public init(files: [String], dropInFolders: [String] = [], format: CrontabFormat = .system) {
        self.files = files
        self.dropInFolders = dropInFolders
        self.format = format
    }

    /// Whether a path is one of this table: nothing else is written, whatever a revision names.
    public func holds(_ path: String) -> Bool {
        if files.contains(path) { return true }
        guard let slash = path.lastIndex(of: "/") else { return false }
        return dropInFolders.contains(String(path[..<slash])) && Crontab.isDropInName(String(path[path.index(after: slash)...]))
    }

    public static let systemDefault = TableSource(files: ["/etc/crontab"], dropInFolders: ["/etc/cron.d"])
}

/// What the table's files held at one moment.
public struct TableSnapshot: Hashable, Sendable {
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

    public struct Problem: Hashable, Sendable {
        public var path: String
        public var message: String
        /// What the file last held is still in use.
        public var keepsContent = true
    }

    /// Files that exist and could be read, in table order.
    public var files: [TableFile] = []
    public var stamps: [Stamp] = []
    /// Named files that do not exist.
    public var absent: [String] = []
    /// Files that exist and could not be used.
    public var problems: [Problem] = []

    /// Latest modification of any file; tells when a new line may have been meant to begin.
    public var modifiedAt: WallTime? { stamps.map(\.modified).max().map(WallTime.init(nanoseconds:)) }

    public var isEmpty: Bool { files.allSatisfy { $0.content.isEmpty } }
}
