internal import CronJobs
internal import Crontabs
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
            absent: snapshot.absent, passedOver: source.dropInFolders.flatMap { passedOver(in: $0) })
    }

    /// The files of a folder of drop-in files that are passed over because of their names, and that somebody may expect to run.
    public static func passedOver(in folder: String) -> [String] {
        Crontab.passedOver(TableReader.names(in: folder)).map { "\(folder)/\($0)" }.filter { path in
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        }
    }

    /// Whether there is a program of that name in the usual folders and those of PATH.
    public static func isProgram(_ name: String, path: String) -> Bool {
        let folders =
            path.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        return folders.contains { access("\($0)/\(name)", X_OK) == 0 }
    }
}
