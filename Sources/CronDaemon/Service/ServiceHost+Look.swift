internal import CronJobs
public import CronTables
internal import Glibc

/// What a service would read, for who only wants to look at it.
public struct TableLook: Sendable {
    public var files: [(path: String, content: [UInt8])] = []
    /// Files that are there and cannot be used, and why.
    public var unusable: [(path: String, reason: String)] = []
    /// Named files that are not there.
    public var absent: [String] = []
    /// Files of drop-in folders that are passed over because of their names.
    public var passedOver: [String] = []
}

extension ServiceHost {
    /// Reads a table as a service does at its start. Blocking.
    public static func look(at source: TableSource) -> TableLook {
        let snapshot = TableReader.read(source)
        return TableLook(
            files: snapshot.files.map { ($0.path, $0.content) }, unusable: snapshot.problems.map { ($0.path, $0.message) },
            absent: snapshot.absent, passedOver: source.dropInFolders.flatMap(TableReader.passedOver))
    }

    /// Whether there is a program of that name in the usual folders and those of PATH.
    public static func isProgram(_ name: String, path: String) -> Bool {
        if name.contains("/") { return access(name, X_OK) == 0 }
        let folders =
            path.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        return folders.contains { access("\($0)/\(name)", X_OK) == 0 }
    }
}
