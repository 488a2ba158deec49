internal import CSQLite
internal import CronJobs

/// A value of a database cell.
enum Value {
    case int(Int64?)
    case text(String?)
    case blob([UInt8])

    static func int(_ value: Int) -> Value { .int(Int64(value)) }
}

/// A compiled statement. Reset after each use, so that it never keeps a read transaction open.
final class Statement {
    private let pointer: OpaquePointer
    private unowned let connection: Connection

    init(_ pointer: OpaquePointer, of connection: Connection) {
        self.pointer = pointer
        self.connection = connection
    }

    func finalize() { sqlite3_finalize(pointer) }

    /// Runs it to its end and answers how many rows it changed.
    @discardableResult
    func run(_ values: Value...) throws(StoreError) -> Int {
        try bind(values)
        defer { release() }
        while try step() {}
        return connection.changes
    }

    /// Hands each row to `body`, which must not use this statement again.
    func each(_ values: Value..., body: (Row) throws(StoreError) -> Void) throws(StoreError) {
        try bind(values)
        defer { release() }
        while try step() { try body(Row(pointer: pointer)) }
    }

    /// What `body` makes of the first row; `nil` when there is none.
    func first<T>(_ values: Value..., body: (Row) throws(StoreError) -> T) throws(StoreError) -> T? {
        try bind(values)
        defer { release() }
        return try step() ? try body(Row(pointer: pointer)) : nil
    }

    /// Ready for the next use. Bound values are let go: a table of megabytes would otherwise stay in memory with its cached statement.
    private func release() {
        sqlite3_reset(pointer)
        sqlite3_clear_bindings(pointer)
    }

    private func step() throws(StoreError) -> Bool {
        let code = sqlite3_step(pointer)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw connection.failure(code)
        }
    }

    private func bind(_ values: [Value]) throws(StoreError) {
        for (offset, value) in values.enumerated() {
            let index = Int32(offset + 1)
            let code: Int32
            switch value {
            case .int(let number?): code = sqlite3_bind_int64(pointer, index, number)
            case .text(var text?):
                code = text.withUTF8 { bytes in
                    bytes.withMemoryRebound(to: CChar.self) { cs_bind_text(pointer, index, $0.baseAddress, UInt64($0.count)) }
                }
            case .blob(let bytes):
                code = bytes.withUnsafeBytes { cs_bind_blob(pointer, index, $0.baseAddress, UInt64($0.count)) }
            case .int(nil), .text(nil): code = sqlite3_bind_null(pointer, index)
            }
            guard code == SQLITE_OK else { throw connection.failure(code) }
        }
    }
}

/// The row a statement stands at. Valid only inside the closure that gets it.
struct Row {
    fileprivate let pointer: OpaquePointer

    func int(_ column: Int32) -> Int64? {
        sqlite3_column_type(pointer, column) == SQLITE_NULL ? nil : sqlite3_column_int64(pointer, column)
    }

    /// The number, or 0 where there is none.
    func number(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }

    /// Bytes that are no UTF-8 come back as replacement characters.
    func text(_ column: Int32) -> String? {
        guard let start = sqlite3_column_text(pointer, column) else { return nil }
        let count = Int(sqlite3_column_bytes(pointer, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func bytes(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(pointer, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, column))))
    }
}
