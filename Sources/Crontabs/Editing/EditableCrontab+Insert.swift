/// Putting lines into a table, moving them and taking them out.
extension EditableCrontab {
    // MARK: Putting in

    /// Puts an entry behind the last line.
    @discardableResult
    public mutating func append(_ draft: EntryDraft) throws(CrontabEditError) -> LineID { try insert(draft, at: .end) }

    /// Puts an entry into the table: the comment, a `# crond:` line if there are directives, and the line of the entry.
    ///
    /// - Returns: the entry's id.
    @discardableResult
    public mutating func insert(_ draft: EntryDraft, at place: CrontabPlace) throws(CrontabEditError) -> LineID {
        var draft = draft
        if draft.comment?.isEmpty ?? false { draft.comment = nil }
        let line = try EntryLine(draft, context).fresh(draft)
        let directives = try DirectiveEdit([], from: [:], to: draft.directives, isEnabled: draft.isEnabled).added.map { [$0] } ?? []
        let form = try verified(draft, line, head: directives)
        try refuseTakenName(draft.directives["name"], isEnabled: draft.isEnabled)
        var lines: [LineStore.NewLine] = []
        if let comment = draft.comment { lines.append(try commentLine(comment)) }
        lines += directives.map { LineStore.NewLine(text: $0, form: context.form(of: $0)) }
        lines.append(.init(text: line, form: form))
        guard let id = try insert(lines, at: try index(of: place)).last else { throw .noSuchLine }
        return id
    }

    /// Puts a line of prose into the table.
    @discardableResult
    public mutating func insertComment(_ text: String, at place: CrontabPlace) throws(CrontabEditError) -> LineID {
        let line = try commentLine(text)
        guard let id = try insert([line], at: try index(of: place)).last else { throw .noSuchLine }
        return id
    }

    /// Puts a blank line into the table.
    @discardableResult
    public mutating func insertBlankLine(at place: CrontabPlace) throws(CrontabEditError) -> LineID {
        guard let id = try insert([.init(text: [], form: LineForm(kind: .blank))], at: try index(of: place)).last else { throw .noSuchLine }
        return id
    }

    /// Directives that no entry follows set nothing; a blank line sees to it that this stays so.
    mutating func insert(_ lines: [LineStore.NewLine], at index: Int) throws(CrontabEditError) -> [LineID] {
        let isEntry = lines.contains { $0.form.kind == .entry || $0.form.kind == .disabledEntry }
        let apart: [LineStore.NewLine] =
            isEntry && store.pendingStart(before: index) != nil ? [.init(text: [], form: LineForm(kind: .blank))] : []
        if isEntry, store.tally.entries >= CrontabLimits.entries {
            throw .tooLarge("the table would have more than \(CrontabLimits.entries) entries")
        }
        var ids: [LineID] = []
        try commit(growth: lines.reduce(2) { $0 + $1.text.count + 2 }) { ids = $0.insert(apart + lines, at: index) }
        return ids
    }

    // MARK: Moving

    /// Moves an entry to another place, with its `# crond:` lines and the prose right above it. It keeps its id.
    ///
    /// What an entry has from assignments above it (its environment, its zone), it has from those above its new place.
    public mutating func move(_ id: LineID, to place: CrontabPlace) throws(CrontabEditError) {
        let index = try entryIndex(of: id), head = store.head(of: index)
        let moved = (head.directives + head.comments + [index]).sorted()
        try refuseMixedDialect(head)
        let target = try self.index(of: place)
        // Before or behind itself: it stays.
        if moved.contains(target) || target == index + 1 { return }
        if let pending = store.pendingStart(before: target), !moved.contains(pending) {
            throw .changesOthers("line \(pending + 1) is a directive that no entry follows, and would be this one's: remove it first")
        }
        try refuseStrayDirectives(above: index, head)
        try commit { $0.move(moved, to: target) }
    }

    // MARK: Taking out

    /// Removes an entry or a bad line and its `# crond:` lines; the prose above it only on request. Removes a line of prose, or a blank line.
    ///
    /// - Throws: for lines that other lines depend on: an assignment (`removeVariable`), the directive of an entry (`update`), `dialect=`, or a blank line
    ///   that keeps an entry from directives above.
    public mutating func remove(_ id: LineID, withComments: Bool = false) throws(CrontabEditError) {
        let lines = try removal(of: try index(of: id), withComments: withComments)
        try commit { $0.remove(lines) }
    }

    /// Removes all entries of some kind, as `remove` does.
    ///
    /// - Returns: how many.
    @discardableResult
    public mutating func removeAll(
        withComments: Bool = false, where isUnwanted: (EditableEntry) -> Bool
    ) throws(CrontabEditError) -> Int {
        var lines: Set<Int> = [], count = 0
        for entry in entries where isUnwanted(entry) {
            lines.formUnion(try removal(of: entry.index, withComments: withComments))
            count += 1
        }
        try commit { $0.remove(lines.sorted()) }
        return count
    }

    private func removal(of index: Int, withComments: Bool) throws(CrontabEditError) -> [Int] {
        switch store.kind(index) {
        case .entry, .disabledEntry, .bad:
            let head = store.head(of: index)
            try refuseMixedDialect(head)
            try refuseStrayDirectives(above: index, head)
            return (head.directives + (withComments ? head.comments : []) + [index]).sorted()
        case .comment: return [index]
        case .blank:
            guard store.pendingStart(before: index) != nil, let owner = store.anyOwner(from: index + 1) else { return [index] }
            throw .changesOthers("without this blank line the directives above it would be those of the entry in line \(owner + 1)")
        case .directive where store.owner(from: index) == nil: return [index]
        case .disabledDirective where store.anyOwner(from: index).map({ store.kind($0) != .disabledEntry }) ?? true: return [index]
        case .assignment, .directive, .disabledDirective, .dialect: throw .wrongKind(store.line(index))
        }
    }
}
