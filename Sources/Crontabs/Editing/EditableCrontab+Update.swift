public import CronExpressions

/// Changing an entry where it stands.
extension EditableCrontab {
    /// Changes parts of an entry; what stays the same in the draft keeps its bytes.
    ///
    /// Its `# crond:` lines go with it: they are commented out with the entry and come back with it, and a key that is set or taken away changes
    /// them. `comment` is the line of prose right above the entry.
    ///
    /// - Throws: what is wrong with the entry that this would make; the table is as it was then.
    public mutating func update(_ id: LineID, _ change: (inout EntryDraft) -> Void) throws(CrontabEditError) {
        let index = try entryIndex(of: id)
        let old = draft(at: index)
        var new = old
        change(&new)
        if new.comment?.isEmpty ?? false { new.comment = nil }
        if new != old { try update(index, from: old, to: new) }
    }

    /// The same for a change that may fail: then the table stays as it is.
    public mutating func update(_ id: LineID, _ change: (inout EntryDraft) throws -> Void) throws {
        var new = draft(at: try entryIndex(of: id))
        try change(&new)
        try update(id) { $0 = new }
    }

    /// Puts another text in the place of one field.
    public mutating func set(_ kind: FieldKind, to field: FieldText, of id: LineID) throws(CrontabEditError) {
        var schedule = draft(at: try entryIndex(of: id)).schedule
        try schedule.set(kind, to: field, dialect: dialect)
        try update(id) { $0.schedule = schedule }
    }

    /// Takes away the `#` before an entry that was commented out.
    public mutating func enable(_ id: LineID) throws(CrontabEditError) {
        try update(id) { $0.isEnabled = true }
    }

    /// Comments an entry out: no cron runs it, and `enable` brings it back byte for byte.
    public mutating func disable(_ id: LineID) throws(CrontabEditError) {
        try update(id) { $0.isEnabled = false }
    }

    // MARK: -

    private mutating func update(_ index: Int, from old: EntryDraft, to new: EntryDraft) throws(CrontabEditError) {
        let head = store.head(of: index), isSwitched = old.isEnabled != new.isEnabled
        let dangling = isSwitched && new.isEnabled ? try danglingDirectives(above: index) : []
        if isSwitched {
            try refuseMixedDialect(head)
            try refuseStrayDirectives(above: index, head)
        }
        let line = try entryLine(index, from: old, to: new)
        let directives = try DirectiveEdit(
            head.directives.map { store.text($0) }, from: old.directives, to: new.directives, isEnabled: new.isEnabled)
        let texts = directives.lines.map { text in text.map { isSwitched ? switched($0[...], to: new.isEnabled) : $0 } }
        let heads = dangling.map { Array(store.text($0)) } + texts.compactMap(\.self) + (directives.added.map { [$0] } ?? [])
        let form = try verified(new, line, head: heads, unchanged: old.directives == new.directives ? index : nil)
        try refuseTakenName(new.directives["name"], except: head.directives + dangling, isEnabled: new.isEnabled)
        var edit = EntryEdit()
        edit.replaced.append((index, .init(text: line, form: form)))
        place(texts, directives.added, head, index, isSwitched: isSwitched, &edit)
        try place(comment: new.comment, from: old.comment, head, before: index, &edit)
        try commit(edit)
    }

    /// Where the directive lines go: each stays in its place, unless a line between it and its entry would catch it there.
    private func place(
        _ texts: [[UInt8]?], _ added: [UInt8]?, _ head: EntryHead, _ index: Int, isSwitched: Bool, _ edit: inout EntryEdit
    ) {
        let isApart = isSwitched && (head.directives.first.map { ($0..<index).contains { mayOwn($0) } } ?? false)
        for (at, text) in zip(head.directives, texts) {
            guard let text else {
                edit.removed.append(at)
                continue
            }
            guard !text.elementsEqual(store.text(at)) else { continue }
            let line = LineStore.NewLine(text: text, form: form(of: text, was: at))
            if isApart {
                edit.removed.append(at)
                edit.inserted.append((index, line))
            } else {
                edit.replaced.append((at, line))
            }
        }
        if let added { edit.inserted.append((index, .init(text: added, form: context.form(of: added)))) }
    }

    /// Whether a line is a disabled entry, or would be one below an `every=`.
    private func mayOwn(_ index: Int) -> Bool {
        let kind = store.kind(index)
        return kind == .disabledEntry || kind == .comment && context.form(of: Array(store.text(index)), every: true).kind == .disabledEntry
    }

    /// A line with `dialect=` above the first entry stays what it is.
    private func form(of text: [UInt8], was index: Int) -> LineForm {
        var form = context.form(of: text)
        form.setsDialect = store.records[index].form.setsDialect
        return form
    }

    private func place(
        comment new: String?, from old: String?, _ head: EntryHead, before index: Int, _ edit: inout EntryEdit
    ) throws(CrontabEditError) {
        guard new != old else { return }
        guard let new else {
            if let last = head.comments.last { edit.removed.append(last) }
            return
        }
        guard let last = head.comments.last else {
            edit.inserted.append((head.directives.first ?? index, try commentLine(new)))
            return
        }
        let there = Array(store.text(last)), place = EntryComment(there[...]).range
        let text = try LineText.checked(new, "comment")
        let blank: [UInt8] = place.isEmpty && there.last == UInt8(ascii: "#") ? [0x20] : []
        edit.replaced.append((last, try checkedComment(LineText.spliced(there, [(place, blank + text)]))))
    }

    /// A line of prose.
    func commentLine(_ text: String) throws(CrontabEditError) -> LineStore.NewLine {
        try checkedComment(Array((text.isEmpty ? "#" : "# ").utf8) + LineText.checked(text, "comment"))
    }

    private func checkedComment(_ line: [UInt8]) throws(CrontabEditError) -> LineStore.NewLine {
        let form = context.form(of: line, every: true)
        guard form.kind == .comment else {
            throw .readsDifferently(part: "line", as: form.kind == .disabledEntry ? "an entry that was commented out" : "a directive")
        }
        return .init(text: line, form: form)
    }

    private func switched(_ line: ArraySlice<UInt8>, to isEnabled: Bool) -> [UInt8] {
        isEnabled ? LineText.enabled(line) : LineText.disabled(line)
    }

    private func entryLine(_ index: Int, from old: EntryDraft, to new: EntryDraft) throws(CrontabEditError) -> [UInt8] {
        let parts = try EntryLine(new, context), record = store.records[index]
        let there = Array(store.text(index))
        let places = there.withUnsafeBufferPointer { context.parts(in: 0..<$0.count, record.form, $0) }
        guard let places else { throw .wrongKind(store.line(index)) }
        let changed = parts.changing(there, places, from: old, to: new)
        return old.isEnabled == new.isEnabled ? changed : switched(changed[...], to: new.isEnabled)
    }
}
