public import CronJobs
internal import Glibc

/// What is seen of a store's file and its folder from outside: nothing is opened by SQLite, written or made.
public struct StoreLook: Hashable, Sendable {
    public var isThere: Bool
    /// It goes with the machine or container.
    public var isEphemeral: Bool
    /// Who else can replace it, in words.
    public var exposure: String?
    public var freeBytes: UInt64
    /// Of the files that its file system can still hold; `nil` where that has no such bound.
    public var freeFiles: UInt64?
    /// The nearest folder that exists: the store's own, or the one in which that would be made.
    public var folder: String

    /// Throws where a store cannot or must not be.
    public init(_ path: String) throws(StoreError) {
        let cut = path.lastIndex(of: "/")
        var folder = cut.map { String(path[..<$0]) } ?? "."
        while !folder.isEmpty, folder != ".", access(folder, F_OK) != 0, errno == ENOENT {
            folder = folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? "."
        }
        self.folder = folder.isEmpty ? "/" : folder
        let name = cut.map { String(path[path.index(after: $0)...]) } ?? path
        let location = try Location("\(folder)/\(name)", allowNetworkFileSystem: false, forReading: true)
        let isInPlace = folder == (cut.map { String(path[..<$0]) } ?? ".")
        isThere = isInPlace ? try StoreFile(location) != nil : false
        isEphemeral = location.isEphemeral
        exposure = isInPlace ? location.exposure : nil
        var facts = statvfs()
        guard statvfs(self.folder, &facts) == 0 else { throw Location.failure(errno, "directory \(self.folder)") }
        freeBytes = UInt64(facts.f_bavail).multipliedReportingOverflow(by: UInt64(facts.f_frsize)).partialValue
        freeFiles = facts.f_files == 0 ? nil : UInt64(facts.f_favail)
        guard access(self.folder, W_OK | X_OK) == 0 else { throw Location.failure(errno, "directory \(self.folder) of the store") }
    }
}
