public import CronJobs

/// What a start found at one path of the table.
public struct FoundFile: Sendable {
    public var path: String
    /// `nil` where there is none, or a folder in its place.
    public var file: TableFile?
    public var text: FileFacts.Text
    public var hasEntries: Bool
    public var isNamed: Bool
    public var isFixed: Bool
    public var identity: FileIdentity?
    /// It exists and must not, or cannot, be used: its last good version goes on, and it is not written over.
    public var isRefused: Bool
    /// It lies on a mount of its own: no image's.
    public var isMounted: Bool

    public init(
        path: String, file: TableFile? = nil, text: FileFacts.Text = .absent, hasEntries: Bool = false, isNamed: Bool = true,
        isFixed: Bool = false, identity: FileIdentity? = nil, isRefused: Bool = false, isMounted: Bool = false
    ) {
        self.path = path
        self.file = file
        self.text = text
        self.hasEntries = hasEntries
        self.isNamed = isNamed
        self.isFixed = isFixed
        self.identity = identity
        self.isRefused = isRefused
        self.isMounted = isMounted
    }
}

/// A file of the newest revision, with the hash of its bytes.
public struct NewestFile: Sendable {
    public var file: TableFile
    public var text: FileFacts.Text

    public init(_ file: TableFile, hash: String) {
        self.file = file
        text = file.content.isEmpty ? .empty : .bytes(hash)
    }

    init(_ file: TableFile) { self.init(file, hash: file.content.isEmpty ? "" : TableHash.hash(content: file.content)) }
}
