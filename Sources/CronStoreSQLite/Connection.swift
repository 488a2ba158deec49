internal import CSQLite
internal import CronJobs
internal import Glibc

/// One open database file: the only connection to it in this process. Used by one actor, never shared.
final class Connection {
    let path: String
    private var handle: OpaquePointer?
    /// SQLite has met a page that cannot be right.
    private(set) var hasMetDamage = false
    private var statements: [String: Statement] = [:]
    /// Where it reads, if it opened no file by itself.
    private var pages: StorePages?

    private static let opensOnlyPlainFiles = cs_open_only_plain_files() == SQLITE_OK

    /// Opens the file, which exists. SQLite opens every file close-on-exec.
    init(path: String) throws(StoreError) {
        self.path = path
        guard Self.opensOnlyPlainFiles else { throw StoreError(.unavailable, "\(path): this SQLite does not let us look at what it opens") }
        try check(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil))
        cs_set_defensive(handle)
    }

    /// A database in memory that begins with these bytes of the file at `path`.
    init(copy bytes: [UInt8], of path: String) throws(StoreError) {
        self.path = path
        try check(sqlite3_open_v2(":memory:", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil))
        try check(bytes.withUnsafeBytes { cs_deserialize(handle, $0.baseAddress, Int64($0.count)) })
        cs_set_defensive(handle)
    }

    /// A store that is read where it lies; nothing can be written.
    init(reading pages: StorePages, of path: String) throws(StoreError) {
        self.path = path
        self.pages = pages
        try check(pages.open(&handle))
        cs_set_defensive(handle)
    }

    private func check(_ code: Int32) throws(StoreError) {
        guard code != SQLITE_OK else { return }
        let error = failure(code)
        close()
        throw error
    }

    deinit { close() }

    func close() {
        for statement in statements.values { statement.finalize() }
        statements = [:]
        sqlite3_close_v2(handle)
        handle = nil
        pages = nil
    }

    /// The statement for `sql`, compiled at its first use.
    func statement(_ sql: String) throws(StoreError) -> Statement {
        if let known = statements[sql] { return known }
        let statement = try prepare(sql, flags: UInt32(SQLITE_PREPARE_PERSISTENT))
        statements[sql] = statement
        return statement
    }

    /// Runs a statement that is used once, and answers how many rows it changed.
    @discardableResult
    func execute(_ sql: String) throws(StoreError) -> Int {
        let statement = try prepare(sql, flags: 0)
        defer { statement.finalize() }
        return try statement.run()
    }

    /// The first column of the first row of a statement that is used once.
    func value(_ sql: String) throws(StoreError) -> String? {
        let statement = try prepare(sql, flags: 0)
        defer { statement.finalize() }
        return try statement.first { row in row.text(0) } ?? nil
    }

    /// All of `body` or nothing. The answer of a commit is the answer of the whole: after an error nothing holds.
    func transaction<T>(_ body: (Connection) throws(StoreError) -> T) throws(StoreError) -> T {
        // A rollback that itself failed may have left a transaction open.
        if sqlite3_get_autocommit(handle) == 0 { try statement("ROLLBACK").run() }
        try statement("BEGIN IMMEDIATE").run()
        do throws(StoreError) {
            let result = try body(self)
            try statement("COMMIT").run()
            return result
        } catch {
            if sqlite3_get_autocommit(handle) == 0 { _ = try? statement("ROLLBACK").run() }
            throw error
        }
    }

    /// Writes all that is committed to an empty file.
    func copy(to path: String) throws(StoreError) {
        if sqlite3_get_autocommit(handle) == 0 { try statement("ROLLBACK").run() }
        try statement("VACUUM INTO ?").run(.text(path))
    }

    var changes: Int { Int(sqlite3_changes64(handle)) }

    /// What `code`, just returned by a call on this connection, means to the callers of a store.
    func failure(_ code: Int32) -> StoreError {
        let words = handle.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) } ?? "out of memory"
        let system = sqlite3_system_errno(handle)
        if Self.meaning(of: code, system: system) == .corrupt { hasMetDamage = true }
        return StoreError(Self.meaning(of: code, system: system), "\(path): \(words)")
    }

    private static func meaning(of code: Int32, system: Int32) -> StoreError.Code {
        switch code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED: .held
        case SQLITE_FULL: .full
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
        case SQLITE_READONLY, SQLITE_PERM: .readOnly
        case SQLITE_IOERR where system == ENOSPC || system == EDQUOT: .full
        case SQLITE_CANTOPEN where system == ENOSPC || system == EDQUOT: .full
        case SQLITE_CANTOPEN where system == EROFS: .readOnly
        default: .unavailable
        }
    }

    private func prepare(_ sql: String, flags: UInt32) throws(StoreError) -> Statement {
        var pointer: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, flags, &pointer, nil)
        guard code == SQLITE_OK, let pointer else { throw failure(code) }
        return Statement(pointer, of: self)
    }
}
