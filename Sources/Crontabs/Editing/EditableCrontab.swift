public import CronExpressions

// A crontab as text that somebody changes.
//
//     bytes ─▶ lines (TableSurvey) ─▶ entries, found and looked at ─▶ edits ─▶ bytes
//
// What keeps it honest:
//   - Only what an edit is about changes: every other byte of the table (comments, blanks, order, line ends, a byte order mark, bad lines) is printed
//     as it was read. A part that is changed is cut out of its line, and the rest of the line stays.
//   - An edit is made whole or not at all, and what it makes is read again by the parser of the service before it counts: what it would not take, or
//     would take for something else, is an error. So no text that is handed in can become a second line or another part of its line.
//   - No edit changes what other lines mean. The `# crond:` lines of an entry go with it; what would catch another entry's is put in beside them.
//   - Lines are named by ids that stay, not by numbers that shift. A table is a value: a copy is a table of its own.
//
// Reading again what an edit made costs a line, not the table: an edit of 100,000 lines takes as long as one of ten, and printing is copying.

/// A crontab that can be changed: find entries, change them, put some in, print it, and nothing else of its text has moved.
///
/// ```swift
/// var table = try EditableCrontab(text, format: .user)
/// for entry in table.entries(command: "backup") {
///     try table.update(entry.id) { $0.schedule = .daily(hour: 3, minute: 30) }
/// }
/// try table.append(EntryDraft(.weekly(on: .on(.sunday)), command: "/usr/local/bin/report", comment: "Figures of the week"))
/// print(table.text)
/// ```
///
/// What a table means is told by `Crontab(parsing:)`; whoever wants the file on the disk changed as well uses `CrontabFile`.
public struct EditableCrontab: Sendable {
    var store: LineStore
    let context: TableContext

    /// Reads the content of a crontab file.
    ///
    /// Bad lines are kept. What is no crontab at all (NUL, not UTF-8, control characters) or beyond the limits of a table is an error.
    public init(_ bytes: [UInt8], options: CrontabOptions) throws(CrontabEditError) {
        guard bytes.count <= CrontabLimits.file else { throw .tooLarge("the table has more than \(CrontabLimits.file) bytes") }
        var found: FileCheck.Finding?
        var survey: (dialect: Dialect, hasUser: Bool) = (options.dialect, true)
        let store = bytes.withUnsafeBufferPointer { buffer in
            found = FileCheck.firstFinding(buffer, from: LineWalk.start(of: buffer))
            guard found == nil else { return LineStore([]) { _, _ in LineForm(kind: .blank) } }
            var eyes = TableSurvey(buffer, options)
            let store = LineStore(bytes) { eyes.form(of: $1) }
            survey = (eyes.dialect, eyes.hasUser)
            return store
        }
        if let found { throw .noCrontab(found.message, offset: found.offset) }
        self.store = store
        context = TableContext(options, dialect: survey.dialect, hasUser: survey.hasUser)
        guard store.tally.entries <= CrontabLimits.entries else {
            throw .tooLarge("the table has more than \(CrontabLimits.entries) entries")
        }
    }

    /// Reads a text.
    ///
    /// - Parameter dialect: counts where the text does not name its own (`# crond: dialect=NAME`).
    public init(_ text: String = "", format: CrontabFormat, dialect: Dialect = .vixie) throws(CrontabEditError) {
        let options = CrontabOptions(format: format, dialect: dialect, zone: .utc, zones: .system, path: "crontab")
        try self.init(Array(text.utf8), options: options)
    }

    /// What the file holds now.
    public var bytes: [UInt8] { store.printed }

    /// The same as text.
    public var text: String { String(decoding: store.printed, as: UTF8.self) }

    /// What the text is read as: its own `dialect=`, else the one that was given.
    public var dialect: Dialect { context.dialect }

    public var format: CrontabFormat { context.options.format }

    /// Whether entries name their user: not in the user format, nor in dialects that know none.
    public var hasUserColumn: Bool { context.hasUser }

    /// All that the service would do with it, and all that it would complain of.
    public var reading: Crontab { Crontab(parsing: bytes, options: context.options) }
}

extension EditableCrontab: Equatable, CustomStringConvertible {
    /// Whether both print the same bytes, read in the same way.
    public static func == (a: EditableCrontab, b: EditableCrontab) -> Bool {
        a.format == b.format && a.dialect == b.dialect && a.bytes == b.bytes
    }

    public var description: String { text }
}

/// What all lines of a table share: one object, since every entry that is handed out keeps it.
final class TableContext: Sendable {
    let options: CrontabOptions
    let dialect: Dialect
    let hasUser: Bool

    /// - Parameter dialect: what the file was found to be read as; the options of single lines name it.
    init(_ options: CrontabOptions, dialect: Dialect, hasUser: Bool) {
        self.options = options
        self.dialect = dialect
        self.hasUser = hasUser
    }

    /// For a piece of the table without its `dialect=`.
    var pieceOptions: CrontabOptions {
        var options = options
        options.dialect = dialect
        return options
    }
}
