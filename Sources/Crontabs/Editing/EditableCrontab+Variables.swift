internal import CronExpressions

/// An assignment of a table.
public struct CrontabVariable: Hashable, Sendable, Identifiable {
    public let id: LineID
    public let name: String
    /// Without quotes.
    public let value: String
}

/// Assignments. Each holds for the entries below it (in some dialects for the whole table), so a change of one is a change of all of these: it is asked
/// for by name, and `entries(reachedBy:)` tells whom it concerns.
extension EditableCrontab {
    /// All assignments, in order.
    public var variables: [CrontabVariable] { (0..<store.count).compactMap(variable) }

    /// The entries, disabled ones included, that have a variable from this assignment.
    public func entries(reachedBy id: LineID) throws(CrontabEditError) -> [EditableEntry] {
        let index = try index(of: id)
        guard let variable = variable(index) else { throw .wrongKind(store.line(index)) }
        let later = ((index + 1)..<store.count).first { self.variable($0)?.name == variable.name }
        if dialect.assignmentsHoldForWholeFile { return later == nil ? Array(entries) : [] }
        return (index..<(later ?? store.count)).filter { [.entry, .disabledEntry].contains(store.kind($0)) }.map { EditableEntry(self, $0) }
    }

    /// Gives a variable a value: where the table assigns it, else in a new line before the first entry, for all of them.
    ///
    /// - Throws: if the table assigns it more than once: `setValue(of:to:)` says which is meant.
    /// - Returns: the assignment's id.
    @discardableResult
    public mutating func setVariable(_ name: String, to value: String) throws(CrontabEditError) -> LineID {
        let found = variables.filter { $0.name == name }
        guard found.count < 2 else {
            throw .changesOthers("the table assigns \(name) \(found.count) times: change one of them by its id")
        }
        if let only = found.first {
            try setValue(of: only.id, to: value)
            return only.id
        }
        return try insertVariable(name, value: value, at: .start)
    }

    /// Puts an assignment into the table.
    @discardableResult
    public mutating func insertVariable(_ name: String, value: String, at place: CrontabPlace) throws(CrontabEditError) -> LineID {
        let line = try assignment(name, value)
        let index = try index(of: place)
        guard Set(variables.map(\.name)).union([name]).count <= CrontabLimits.variables else {
            throw .tooLarge("the table would have more than \(CrontabLimits.variables) variables")
        }
        guard let id = try insert([line], at: index).last else { throw .noSuchLine }
        return id
    }

    /// Gives one assignment another value, and leaves the rest of its line.
    public mutating func setValue(of id: LineID, to value: String) throws(CrontabEditError) {
        let index = try index(of: id)
        guard let variable = variable(index) else { throw .wrongKind(store.line(index)) }
        guard variable.value != value else { return }
        try checkZone(variable.name, value)
        let line = Array(store.text(index)), text = try LineText.checked(value, "value")
        // In the quotes that are there, if it can stand in them; with new ones around it otherwise.
        guard let place = slices(line)?.value else { throw .wrongKind(store.line(index)) }
        let outer = place.lowerBound > 0 && line[place.lowerBound - 1].isQuote ? place.lowerBound - 1..<place.upperBound + 1 : place
        let candidates =
            [(place, text)] + (outer == place ? [] : quoted(value).map { [(outer, $0)] } ?? []) + [(outer, text)]
            + (quoted(value).map { [(outer, $0)] } ?? [])
        let lines = candidates.map { LineText.spliced(line, [(range: $0.0, text: $0.1)]) }
        guard let changed = lines.first(where: { reads($0, as: variable.name, value) }) else { throw Self.unwritable }
        try commit(growth: changed.count) { $0.replace(index, with: .init(text: changed, form: LineForm(kind: .assignment))) }
    }

    /// Takes an assignment away: the entries that had the variable from it have that of an assignment above it, or none.
    public mutating func removeVariable(_ id: LineID) throws(CrontabEditError) {
        let index = try index(of: id)
        guard store.kind(index) == .assignment else { throw .wrongKind(store.line(index)) }
        if store.pendingStart(before: index) != nil, let owner = store.anyOwner(from: index + 1) {
            throw .changesOthers("without this assignment the directives above it would be those of the entry in line \(owner + 1)")
        }
        try commit { $0.remove([index]) }
    }

    // MARK: -

    /// What holds for an entry, in the order of the lines.
    func variables(for index: Int) -> [CrontabVariable] {
        (0..<(dialect.assignmentsHoldForWholeFile ? store.count : index)).compactMap(variable)
    }

    /// The zone that `CRON_TZ` above an entry names.
    func zoneName(for index: Int) -> String? {
        var at = dialect.assignmentsHoldForWholeFile ? store.count : index
        while at > 0 {
            at -= 1
            if let found = variable(at), found.name == "CRON_TZ" { return found.value.isEmpty ? nil : found.value }
        }
        return nil
    }

    private func variable(_ index: Int) -> CrontabVariable? {
        guard store.kind(index) == .assignment else { return nil }
        let line = Array(store.text(index))
        return slices(line).map { slices in
            CrontabVariable(
                id: LineID(number: store.records[index].id), name: String(decoding: line[slices.name], as: UTF8.self),
                value: String(decoding: line[slices.value], as: UTF8.self))
        }
    }

    private func slices(_ line: [UInt8]) -> AssignmentSlices? {
        line.withUnsafeBufferPointer { bytes in
            guard case .assignment(let found) = AssignmentSlices.read(bytes, bytes.skipBlanks(0, bytes.count)..<bytes.count) else {
                return nil
            }
            return found
        }
    }

    private func reads(_ line: [UInt8], as name: String, _ value: String) -> Bool {
        guard let slices = slices(line), context.form(of: line).kind == .assignment else { return false }
        return line[slices.name].elementsEqual(name.utf8) && line[slices.value].elementsEqual(value.utf8)
    }

    private func quoted(_ value: String) -> [UInt8]? {
        let quote = value.contains("\"") ? "'" : "\""
        return value.contains("\"") && value.contains("'") ? nil : Array((quote + value + quote).utf8)
    }

    private func assignment(_ name: String, _ value: String) throws(CrontabEditError) -> LineStore.NewLine {
        let isName = !name.isEmpty && name.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") }
        guard isName, let first = name.utf8.first, !first.isDigit else {
            throw .badText(part: "variable", "cannot be called “\(VisibleText.of(name))”")
        }
        let text = try LineText.checked(value, "value")
        try checkZone(name, value)
        for candidate in [text, quoted(value)].compactMap(\.self).map({ Array("\(name)=".utf8) + $0 })
        where reads(candidate, as: name, value) {
            return .init(text: candidate, form: LineForm(kind: .assignment))
        }
        throw Self.unwritable
    }

    private static let unwritable = CrontabEditError.badText(
        part: "value", "cannot be written: an assignment has no escapes, so what needs quotes cannot hold both kinds of them")

    private func checkZone(_ name: String, _ value: String) throws(CrontabEditError) {
        guard name == "CRON_TZ", !value.isEmpty else { return }
        do {
            _ = try context.options.zones.zone(named: value)
        } catch {
            throw .badText(part: "zone", "is unknown: \(error)")
        }
    }
}
