public import CronExpressions
internal import CronJobs

/// An entry of a table that is edited, as it was when it was handed out. Changes are made by the table, by its `id`.
///
/// Entries that were commented out are entries, too: see `isEnabled`.
public struct EditableEntry: Identifiable, Sendable {
    public let id: LineID
    let table: EditableCrontab
    let index: Int

    init(_ table: EditableCrontab, _ index: Int) {
        self.table = table
        self.index = index
        id = LineID(number: table.store.records[index].id)
    }

    /// Counted from 1.
    public var lineNumber: Int { index + 1 }

    /// The line as it stands there.
    public var line: String { String(decoding: table.store.text(index), as: UTF8.self) }

    public var isEnabled: Bool { table.store.kind(index) == .entry }

    // MARK: Parts of the line

    /// The fields as written, or the nickname.
    public var schedule: ScheduleText {
        part { buffer, parts in buffer.words(in: parts.schedule, most: .max).map { buffer.text($0) } }.map(ScheduleText.init(words:)) ?? ""
    }

    /// The user column; nil in the user format.
    public var user: String? { table.hasUserColumn ? part { $0.text($1.user) } : nil }

    /// The command as it stands in the line, `%` and trailing blanks included.
    public var command: String { part { $0.text($1.command) } ?? "" }

    /// What the shell gets.
    public var shellCommand: String { commandText?.command ?? "" }

    /// What the command reads from its standard input: all behind the first `%`.
    public var input: String? { commandText?.input }

    /// A leading `-` in the system format: starts of this job are not logged.
    public var isQuiet: Bool { part { $1.quiet } ?? false }

    private var commandText: CommandText? {
        part { CommandText.read($0, $1.command, percentIsLiteral: table.dialect.percentIsLiteral) }
    }

    /// What stands behind the first ` #` of the command. The shell takes it for a comment, cron for a part of the command; python-crontab keeps
    /// its comments there.
    public var trailingComment: String? {
        let command = command
        guard let mark = command.firstRange(of: " #") ?? command.firstRange(of: "\t#") else { return nil }
        let text = command[mark.upperBound...].drop { $0 == " " || $0 == "\t" }
        return String(text.dropLast(text.reversed().prefix { $0 == " " || $0 == "\t" }.count))
    }

    private func part<Part>(_ read: (UnsafeBufferPointer<UInt8>, EntryParts) -> Part) -> Part? {
        table.store.bytes.withUnsafeBufferPointer { buffer in table.parts(at: index, buffer).map { read(buffer, $0) } }
    }

    // MARK: What stands above it

    /// What its `# crond:` lines set.
    public var directives: DirectiveTexts { table.directives(of: table.store.head(of: index)) }

    /// What `name=` says.
    public var name: String? { directives["name"] }

    /// The lines of prose right above it, without their `#`.
    public var comments: [String] { table.store.head(of: index).comments.map { EntryComment(table.store.text($0)).text } }

    /// The value of a variable for this entry, from the assignments above it.
    public func variable(_ name: String) -> String? { table.variables(for: index).last { $0.name == name }?.value }

    /// All that can be changed about it, as it is now.
    public var draft: EntryDraft { table.draft(at: index) }

    // MARK: Meaning

    /// The entry as the service reads it where it stands, or would read it if it were enabled; nil if it does not run: `problems` say why.
    public var meaning: CrontabEntry? { piece.entries.first }

    /// What the service says about it, warnings included. That another entry has its name, only `EditableCrontab.reading` tells.
    public var problems: [LineDiagnostic] { piece.diagnostics }

    private var piece: Crontab {
        let head = table.store.head(of: index)
        var lines = table.zoneName(for: index).map { [Array("CRON_TZ=\"\($0)\"".utf8)] } ?? []
        lines += head.directives.map { LineText.enabledDirective(Array(table.store.text($0))) }
        lines.append(isEnabled ? Array(table.store.text(index)) : LineText.enabled(table.store.text(index)))
        return Crontab(parsing: Array(lines.joined(separator: [0x0A])), options: table.context.pieceOptions)
    }

    /// Its fire times; nil for `@reboot` and for what does not run. Where a value is drawn (`~`), that of the options' seed.
    public var timing: AnySchedule? { meaning?.timing.schedule }

    /// When it starts, in a sentence without a full stop: “At 03:00 from Monday to Friday”. Nil for what does not run.
    public func description(in language: ExplanationLanguage) -> String? { EntryMeaning(self)?.text(in: language) }
}
