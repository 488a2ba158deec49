internal import CronExpressions

/// Finding the parts of lines.
extension EditableCrontab {
    /// The parts of an entry or a disabled one, in the store's bytes.
    func parts(at index: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> EntryParts? {
        let record = store.records[index]
        return context.parts(in: record.text, record.form, bytes)
    }

    func directives(of head: EntryHead) -> DirectiveTexts {
        var found = DirectiveTexts()
        for item in words(of: head).joined() where item.key != Directive.dialect.key && found[item.key] == nil {
            found[item.key] = item.value
        }
        return found
    }

    /// The words of each directive line of a head.
    func words(of head: EntryHead) -> [[DirectiveWords.Word]] { head.directives.map { DirectiveLine(store.text($0)).words } }

    func draft(at index: Int) -> EntryDraft {
        let entry = EditableEntry(self, index), head = store.head(of: index)
        return EntryDraft(
            entry.schedule, user: entry.user, command: entry.command, comment: head.comments.last.map { EntryComment(store.text($0)).text },
            directives: directives(of: head), isEnabled: entry.isEnabled, isQuiet: entry.isQuiet)
    }

    func index(of id: LineID) throws(CrontabEditError) -> Int {
        guard let index = store.index(of: id) else { throw .noSuchLine }
        return index
    }

    func entryIndex(of id: LineID) throws(CrontabEditError) -> Int {
        let index = try index(of: id)
        guard store.kind(index) == .entry || store.kind(index) == .disabledEntry else { throw .wrongKind(store.line(index)) }
        return index
    }
}

extension TableContext {
    func parts(in text: Range<Int>, _ form: LineForm, _ bytes: UnsafeBufferPointer<UInt8>) -> EntryParts? {
        guard form.kind == .entry || form.kind == .disabledEntry else { return nil }
        var start = bytes.skipBlanks(text.lowerBound, text.upperBound)
        if form.kind == .disabledEntry { start = bytes.skipBlanks(start + 1, text.upperBound) }
        guard case .parts(var parts) = EntryParts.read(bytes, start..<text.upperBound, count: Int(form.words), hasUser: hasUser) else {
            return nil
        }
        if dialect.takesMailOption { _ = parts.takeMailOption(bytes) }
        return parts
    }

    /// What a line is that would be put into the table below its first entry.
    func form(of line: [UInt8], every: Bool = false) -> LineForm {
        line.withUnsafeBufferPointer { bytes in
            var survey = TableSurvey(bytes, self, every: every)
            return survey.form(of: Line(number: 1, range: 0..<bytes.count, text: bytes.skipBlanks(0, bytes.count)..<bytes.count))
        }
    }
}

/// A `# crond:` line, enabled or not.
struct DirectiveLine {
    let line: [UInt8]
    /// Their ranges are the line's.
    let words: [DirectiveWords.Word]

    init(_ text: ArraySlice<UInt8>) {
        let line = Array(text)
        self.line = line
        words = line.withUnsafeBufferPointer { bytes in
            var start = bytes.skipBlanks(0, bytes.count)
            if start + 1 < bytes.count, bytes[start + 1] == UInt8(ascii: "#") { start += 1 }
            return DirectiveWords.after(start, bytes.count, bytes)?.words ?? []
        }
    }
}
