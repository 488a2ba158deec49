public import CronJobs
internal import Crontabs

/// How a file of the table came into use, or why what it holds is not.
public enum FileUse: String, Sendable {
    case asFound = "as found"
    case restored
    case refused
    case stale
    case gone
    case notWritten = "not written"
    /// Where no service runs: it holds another content than the newest revision.
    case changed
}

/// A file of the table, for people.
public struct ListedFile: Sendable {
    public var path: String
    /// As it is on the disk; `nil` where there is none.
    public var attributes: FileAttributes?
    public var entries: Int
    public var revision: Int?
    public var use: FileUse
    public var reason: String?

    public init(_ file: TableFile, _ attributes: FileAttributes?, revision: Int?, use: FileUse, reason: String? = nil) {
        path = file.path
        self.attributes = attributes
        entries = Crontab.entryCount(bytes: file.content)
        self.revision = revision
        self.use = use
        self.reason = reason
    }
}
