internal import CronJobs

// The file at a store's path, before SQLite sees it. Opening a database changes it: SQLite writes, checkpoints, and makes files beside it. So
// a file that is somebody else's must be told by reading alone, and a verb that only reads gets its bytes from us (StorePages). A store of an
// earlier version, which has to be brought up to date before it can be asked, is copied into memory for that.

/// A file that is ours by its owner and kind, with the log beside it, opened for reading.
struct StoreFile {
    private static let magic = [UInt8]("SQLite format 3\0".utf8)
    /// What memory holds of a store at most.
    private static let largestCopy = 1 << 30

    private let path: String
    private let file: PlainFile
    private let log: WriteAheadLog?

    /// `nil` where there is none. Throws where it is no store of ours: such a file is left as it is.
    init?(_ location: Location) throws(StoreError) {
        path = location.path
        try location.inspectSides()
        guard let file = try PlainFile(path) else { return nil }
        self.file = file
        guard file.size > 0 else {
            throw StoreError(.refused, "\(path): is empty, and so no store of crond: remove it to have one made in its place")
        }
        let header = file.bytes(at: 0, count: 100)
        guard header.count == 100, header.starts(with: Self.magic) else {
            throw StoreError(
                .refused,
                "\(path): is no store of crond, or damaged beyond recognition; it is left as it is: name another file, or move it away")
        }
        log = try PlainFile(path + "-wal").flatMap(WriteAheadLog.init)
        guard Self.application(header) == Schema.applicationID || loggedApplication == Schema.applicationID else {
            throw StoreError(.refused, "\(path): this database belongs to another program; it is left as it is: name another file")
        }
    }

    private static func application(_ header: some RandomAccessCollection<UInt8>) -> Int { Int(Array(header.prefix(72)).number(68)) }

    /// As the first page's newest version in the log says: a store that was killed young has it only there.
    private var loggedApplication: Int? {
        var found: Int?
        log?.each { page, bytes in if page == 1 { found = Self.application(bytes) } }
        return found
    }

    /// Keeps others from writing to it as long as this lives; throws where somebody does.
    func share() throws(StoreError) {
        guard file.lockForReading() else { throw StoreError(.held, "\(path): another process holds it") }
    }

    /// The database as of the last commit, where it lies. Only while it is shared.
    func pages() throws(StoreError) -> StorePages { try StorePages(file, log) }

    /// The database as of the last commit, in one piece. Only while it is shared.
    func copy() throws(StoreError) -> [UInt8] {
        guard file.size <= Self.largestCopy, log.map({ $0.pages <= Self.largestCopy / $0.pageSize }) ?? true else {
            throw StoreError(.unavailable, "\(path): is too large to be read while no service runs")
        }
        var bytes = file.bytes(at: 0, count: file.size)
        if let log {
            let size = log.pages * log.pageSize
            if bytes.count > size { bytes.removeLast(bytes.count - size) }
            bytes += [UInt8](repeating: 0, count: size - bytes.count)
            log.each { page, content in
                let start = (page - 1) * log.pageSize
                if page > 0, start < size { bytes.replaceSubrange(start..<start + log.pageSize, with: content) }
            }
        }
        // "No log is used", which a database in memory cannot have.
        for offset in [18, 19] where offset < bytes.count { bytes[offset] = 1 }
        return bytes
    }
}
