internal import CronExpressions

/// What must hold of an edit before it counts.
extension EditableCrontab {
    /// The directives above a disabled entry that no entry follows so far: enabled, it has them.
    ///
    /// - Throws: if they are another entry's.
    func danglingDirectives(above index: Int) throws(CrontabEditError) -> [Int] {
        var found: [Int] = []
        walk: for at in (0..<index).reversed() {
            switch store.kind(at) {
            case .directive: found.append(at)
            case .comment, .disabledDirective, .disabledEntry, .dialect: continue
            default: break walk
            }
        }
        guard let first = found.last, let owner = store.owner(from: index + 1) else { return found.reversed() }
        throw .changesOthers(
            "line \(first + 1) is a directive of the entry in line \(owner + 1), and would be this entry's: move it right above its own first"
        )
    }

    /// A line that holds `dialect=` and keys of an entry cannot go with the entry.
    func refuseMixedDialect(_ head: EntryHead) throws(CrontabEditError) {
        for index in head.directives where store.records[index].form.setsDialect {
            throw .changesOthers("line \(index + 1) sets dialect= beside keys of this entry: put dialect= in a line of its own first")
        }
    }

    /// `## crond:` lines above an entry that is enabled belong to nobody; without that entry they would be those of what follows.
    func refuseStrayDirectives(above index: Int, _ head: EntryHead) throws(CrontabEditError) {
        guard store.kind(index) != .disabledEntry else { return }
        for at in (0..<index).reversed() {
            switch store.kind(at) {
            case .disabledDirective: throw .changesOthers("line \(at + 1) is a directive that no disabled entry follows: remove it first")
            case .comment, .directive, .dialect: continue
            default: return
            }
        }
    }

    func refuseTakenName(_ name: String?, except own: [Int] = [], isEnabled: Bool) throws(CrontabEditError) {
        guard let name, isEnabled else { return }
        for index in 0..<store.count where store.kind(index) == .directive && !own.contains(index) {
            guard DirectiveLine(store.text(index)).words.contains(where: { $0.key == Directive.name.key && $0.value == name }),
                let owner = store.owner(from: index)
            else { continue }
            throw .nameTaken(name, line: owner + 1)
        }
    }

    /// Reads a line that was put together, with the directives above it, as the service would, and finds in it what was meant.
    ///
    /// - Parameters:
    ///   - head: the directive lines, enabled or not.
    ///   - unchanged: the entry whose directives these are and stay: what is wrong with them was so before, and keeps nobody from mending the line.
    func verified(
        _ draft: EntryDraft, _ line: [UInt8], head: [[UInt8]], unchanged: Int? = nil
    ) throws(CrontabEditError) -> LineForm {
        let isEvery = draft.schedule.words.first == "@every"
        let form = context.form(of: line, every: isEvery)
        guard form.kind == (draft.isEnabled ? .entry : .disabledEntry) else {
            try explain(draft, line)
            throw .readsDifferently(part: "line", as: String(decoding: line, as: UTF8.self))
        }
        let plain = draft.isEnabled ? line : LineText.enabled(line[...])
        let heads = head.map { LineText.enabledDirective($0) }
        let table = read(heads + [plain])
        guard table.entries.count == 1, !table.hasErrors else {
            guard let unchanged, !isEvery, EditableEntry(self, unchanged).meaning == nil else { throw .badEntry(table.diagnostics) }
            try compare(draft, plain, read([plain]))
            return form
        }
        try compare(draft, Array((heads + [plain]).joined(separator: [0x0A])), table)
        return form
    }

    private func read(_ lines: [[UInt8]]) -> Crontab {
        Crontab(parsing: Array(lines.joined(separator: [0x0A])), options: context.pieceOptions)
    }

    /// Why the parser has no such entry.
    private func explain(_ draft: EntryDraft, _ line: [UInt8]) throws(CrontabEditError) {
        let table = read([draft.isEnabled ? line : LineText.enabled(line[...])])
        if table.hasErrors { throw .badEntry(table.diagnostics) }
    }

    private func compare(_ draft: EntryDraft, _ bytes: [UInt8], _ table: Crontab) throws(CrontabEditError) {
        guard let entry = table.entries.first, let ranges = entry.ranges(in: bytes) else { throw .badEntry(table.diagnostics) }
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        let schedule = ranges.fields.map(text)
        guard schedule == draft.schedule.words else { throw .readsDifferently(part: "schedule", as: schedule.joined(separator: " ")) }
        guard ranges.user.map(text) == draft.user else { throw .readsDifferently(part: "user", as: ranges.user.map(text) ?? "") }
        guard text(ranges.command) == draft.command else { throw .readsDifferently(part: "command", as: text(ranges.command)) }
        guard entry.quiet == draft.isQuiet else { throw .badText(part: "leading -", "has no place in this table") }
    }

    mutating func commit(_ edit: EntryEdit) throws(CrontabEditError) {
        try commit(growth: edit.growth) { edit.perform(on: &$0) }
    }

    /// Makes an edit that was checked, or leaves the table as it is.
    mutating func commit(growth: Int = 0, _ change: (inout LineStore) -> Void) throws(CrontabEditError) {
        guard store.size + growth <= CrontabLimits.file else {
            throw .tooLarge("the table would have more than \(CrontabLimits.file) bytes")
        }
        // A `dialect=` below the first entry is an error of an entry; above it, the table's. Few tables have one there: they are read again.
        guard store.tally.oddDialects > 0 else { return change(&store) }
        let before = store
        change(&store)
        if let again = try? EditableCrontab(bytes, options: context.options),
            again.store.records.elementsEqual(store.records, by: { $0.form == $1.form })
        {
            return
        }
        store = before
        throw .changesOthers("this edit would bring a dialect= to the top of the table, where it counts for all entries")
    }
}

extension LineText {
    /// A directive line, whether its entry is enabled or not, as it is where it is enabled.
    static func enabledDirective(_ line: [UInt8]) -> [UInt8] {
        guard let mark = line.firstIndex(where: { !$0.isBlank }), line[mark...].starts(with: "##".utf8) else { return line }
        return enabled(line[...])
    }
}
