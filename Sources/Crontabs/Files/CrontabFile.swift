public import CronExpressions
internal import CronJobs

/// Why a crontab file could not be read or written.
public enum CrontabFileError: Error, Sendable, CustomStringConvertible {
    case cannotRead(path: String, reason: String)
    case cannotWrite(path: String, reason: String)
    /// Somebody else changed the file since it was read: nothing was written.
    case changedMeanwhile(path: String)
    /// The file is no crontab.
    case noCrontab(path: String, CrontabEditError)

    public var description: String {
        switch self {
        case .cannotRead(let path, let reason): "\(path) cannot be read: \(reason)"
        case .cannotWrite(let path, let reason): "\(path) cannot be written: \(reason)"
        case .changedMeanwhile(let path): "\(path) was changed since it was read: nothing was written"
        case .noCrontab(let path, let error): "\(path) cannot be edited: \(error)"
        }
    }
}

/// A crontab file: read, edited, and written back only if nobody else has written it meanwhile.
///
/// ```swift
/// try CrontabFile.edit("/etc/cron.d/shop", format: .system) { table in
///     try table.setVariable("MAILTO", to: "ops@example.com")
///     try table.append(EntryDraft(.daily(hour: 3), user: "www-data", command: "/srv/shop/clean"))
/// }
/// ```
///
/// A file is replaced in one step: whoever reads it reads the old or the new one, and mode, owner and `user.*` attributes stay. A symbolic link is
/// not written through. The service sees the change as it sees any other, and needs no signal.
public struct CrontabFile: Sendable {
    public let path: String
    /// What is to be written.
    public var table: EditableCrontab
    /// What was there when it was read; nil if there was no file.
    private var found: [UInt8]?

    /// Reads a file; one that is not there is an empty table.
    public init(_ path: String, options: CrontabOptions) throws(CrontabFileError) {
        self.path = path
        switch FileReplacement.read(path, atMost: CrontabLimits.file) {
        case .success(let content): found = content
        case .failure(.reason(let reason)): throw .cannotRead(path: path, reason: reason)
        case .failure(.changed): throw .changedMeanwhile(path: path)
        }
        do { table = try EditableCrontab(found ?? [], options: options) } catch { throw .noCrontab(path: path, error) }
    }

    /// Reads a file; one that is not there is an empty table.
    public init(_ path: String, format: CrontabFormat, dialect: Dialect = .vixie) throws(CrontabFileError) {
        try self.init(path, options: CrontabOptions(format: format, dialect: dialect, zone: .utc, zones: .system, path: path))
    }

    /// Whether there is anything to write.
    public var isChanged: Bool { found.map { $0 != table.bytes } ?? !table.bytes.isEmpty }

    /// Writes the table, if it was changed and the file is still what was read.
    ///
    /// - Parameter mode: of a file that is made anew; never writable by others.
    public mutating func save(mode: UInt32 = 0o644) throws(CrontabFileError) {
        guard isChanged else { return }
        let bytes = table.bytes
        let attributes = FileAttributes.ours(mode: mode)
        switch FileReplacement.write(
            bytes, to: path, attributes: attributes, expecting: found.map { .content($0) } ?? .absent, isAlone: false)
        {
        case nil: found = bytes
        case .changed: throw .changedMeanwhile(path: path)
        case .reason(let reason): throw .cannotWrite(path: path, reason: reason)
        }
    }

    /// Reads a file, has it changed, and writes it; anew with what is there now, if somebody else wrote it meanwhile.
    ///
    /// - Parameters:
    ///   - attempts: how often at most.
    ///   - change: may be called more than once, each time with a table that was just read. What it throws ends it all, with nothing written.
    /// - Throws: `CrontabFileError`, or what `change` throws.
    @discardableResult
    public static func edit<Value>(
        _ path: String, format: CrontabFormat, dialect: Dialect = .vixie, attempts: Int = 5,
        _ change: (inout EditableCrontab) throws -> Value
    ) throws -> Value {
        var left = attempts
        while true {
            var file = try CrontabFile(path, format: format, dialect: dialect)
            let value = try change(&file.table)
            do throws(CrontabFileError) {
                try file.save()
                return value
            } catch {
                left -= 1
                guard left > 0, case .changedMeanwhile = error else { throw error }
            }
        }
    }
}
