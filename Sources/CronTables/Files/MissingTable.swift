internal import CronExpressions
internal import Glibc

/// A table that was named and is not there.
struct MissingTable {
    let path: String

    init(_ path: String) { self.path = path }

    /// With what stands beside it under a similar name.
    var words: String {
        let folder = TableSource.folder(of: path), name = path.split(separator: "/").last.map(String.init) ?? path
        let start = "there is no \(path)"
        guard folder.isEmpty || access(folder + "/", F_OK) == 0 else {
            return "\(start), and no folder \(folder); --wait-for-table waits for it"
        }
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK {
            return "\(path) is a link that leads to nothing; --wait-for-table waits for what it leads to"
        }
        let near = Spelling.nearest(to: name, among: TableReader.names(in: folder + "/"))
        let hint = near.isEmpty ? "" : " (did you mean \(near.map { "\(folder)/\($0)" }.joined(separator: " or "))?)"
        return "\(start)\(hint); --wait-for-table waits for it"
    }
}
