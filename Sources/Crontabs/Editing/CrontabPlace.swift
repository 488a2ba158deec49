/// Where something is put into a table.
public enum CrontabPlace: Hashable, Sendable {
    /// Before the first entry, disabled or not, and what belongs to it; at the end, if there is none.
    case start
    /// Behind the last line.
    case end
    /// Before a line. What belongs to an entry (its `# crond:` lines and the prose right above it) stays with the entry.
    case before(LineID)
    /// Behind a line. If the `# crond:` lines of an entry below stand there, behind that entry.
    case after(LineID)
}

extension EditableCrontab {
    /// The index before which something may stand without coming between an entry and what belongs to it.
    func index(of place: CrontabPlace) throws(CrontabEditError) -> Int {
        switch place {
        case .start:
            guard let first = (0..<store.count).first(where: { [.entry, .disabledEntry, .bad].contains(store.kind($0)) }) else {
                return store.count
            }
            return try below(dialect: apart(store.head(of: first).start))
        case .end: return store.count
        case .before(let id):
            let index = try index(of: id)
            let isEntry = [.entry, .disabledEntry, .bad].contains(store.kind(index))
            return try below(dialect: apart(isEntry ? store.head(of: index).start : index))
        case .after(let id):
            var index = try index(of: id) + 1
            while store.pendingStart(before: index) != nil, let owner = store.anyOwner(from: index) { index = owner + 1 }
            return try below(dialect: index)
        }
    }

    /// Above the directives that the place would otherwise come behind.
    private func apart(_ index: Int) -> Int { store.pendingStart(before: index) ?? index }

    /// `dialect=` stands above the first entry.
    private func below(dialect index: Int) throws(CrontabEditError) -> Int {
        var at = index, last: Int?
        while at < store.count, store.kind(at) != .entry, store.kind(at) != .bad {
            if store.kind(at) == .dialect || store.records[at].form.setsDialect { last = at }
            at += 1
        }
        guard let last, !(0..<index).contains(where: { store.kind($0) == .entry || store.kind($0) == .bad }) else { return index }
        guard store.records[last].form.kind == .dialect, store.pendingStart(before: last + 1) == nil else {
            throw .changesOthers("line \(last + 1) sets the table's dialect between an entry and its directives: put it at the top first")
        }
        return last + 1
    }
}
