public import CronExpressions

/// Finding lines and entries.
extension EditableCrontab {
    /// The lines of a table, in order.
    public struct Lines: RandomAccessCollection, Sendable {
        let store: LineStore

        public var startIndex: Int { 0 }
        public var endIndex: Int { store.count }
        public subscript(index: Int) -> CrontabLine { store.line(index) }
    }

    /// The entries of a table in order, the disabled ones included.
    public struct Entries: Sequence, IteratorProtocol, Sendable {
        let table: EditableCrontab
        var at = 0

        public mutating func next() -> EditableEntry? {
            while at < table.store.count {
                let kind = table.store.kind(at)
                at += 1
                if kind == .entry || kind == .disabledEntry { return EditableEntry(table, at - 1) }
            }
            return nil
        }
    }

    public var lines: Lines { Lines(store: store) }

    /// All entries, the disabled ones (`isEnabled`) included.
    public var entries: Entries { Entries(table: self) }

    /// A line as it stands there now; nil if it was removed, or is another table's.
    public subscript(line id: LineID) -> CrontabLine? { store.index(of: id).map { store.line($0) } }

    /// An entry as it stands there now; nil if there is none of that id.
    public subscript(id: LineID) -> EditableEntry? { (try? entryIndex(of: id)).map { EditableEntry(self, $0) } }

    /// The entry that goes by a name: the `name=` of a directive.
    public func entry(named name: String) -> EditableEntry? {
        for index in 0..<store.count where store.kind(index) == .directive || store.kind(index) == .disabledDirective {
            guard DirectiveLine(store.text(index)).words.contains(where: { $0.key == Directive.name.key && $0.value == name }) else {
                continue
            }
            let isLive = store.kind(index) == .directive
            if let owner = isLive ? store.owner(from: index) : store.anyOwner(from: index), store.kind(owner) != .bad {
                return EditableEntry(self, owner)
            }
        }
        return nil
    }

    /// Entries whose command has a text in it.
    public func entries(command text: String) -> [EditableEntry] {
        guard !text.isEmpty else { return Array(entries) }
        let wanted = Array(text.utf8)
        return store.bytes.withUnsafeBufferPointer { bytes in
            entryIndices.compactMap { index in
                let record = store.records[index]
                guard bytes.contains(wanted, in: record.text), let parts = parts(at: index, bytes),
                    bytes.contains(wanted, in: parts.command)
                else { return nil }
                return EditableEntry(self, index)
            }
        }
    }

    /// Entries whose command matches a pattern.
    public func entries(command pattern: some RegexComponent) -> [EditableEntry] { entries.filter { $0.command.contains(pattern) } }

    /// Entries with a text in the prose right above them, or behind a ` #` in their command.
    public func entries(comment text: String) -> [EditableEntry] {
        entries.filter { entry in
            (entry.trailingComment?.contains(text) ?? false) || entry.comments.contains { $0.contains(text) }
        }
    }

    /// Entries of a user.
    public func entries(user: String) -> [EditableEntry] { hasUserColumn ? entries.filter { $0.user == user } : [] }

    /// Entries that start when a schedule says, however either of them is written: `0 0 * * *` is found as `@daily`, too.
    public func entries(schedule: ScheduleText) -> [EditableEntry] {
        guard let wanted = times(of: schedule.description) else { return entries.filter { $0.schedule == schedule } }
        return entries.filter { $0.schedule == schedule || times(of: $0.schedule.description) == wanted }
    }

    /// Entries that fire at an instant; nobody asks whether they are enabled.
    public func entries(firingAt instant: Instant) -> [EditableEntry] { entries.filter { $0.timing?.matches(instant) ?? false } }

    private func times(of schedule: String) -> CronSchedule? {
        guard let expression = try? CronExpression(schedule, dialect: dialect), !expression.isStartup, !schedule.contains("~") else {
            return nil
        }
        return expression.schedule(in: .utc)
    }

    private var entryIndices: some Sequence<Int> {
        (0..<store.count).lazy.filter { store.kind($0) == .entry || store.kind($0) == .disabledEntry }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether bytes stand somewhere in a range.
    func contains(_ wanted: [UInt8], in range: Range<Int>) -> Bool {
        guard let first = wanted.first else { return true }
        var at = range.lowerBound
        let last = range.upperBound - wanted.count
        while at <= last {
            if self[at] == first, self[at..<at + wanted.count].elementsEqual(wanted) { return true }
            at += 1
        }
        return false
    }
}
