internal import CronExpressions

/// One edit of an entry, worked out in full before a line of the table changes.
struct EntryEdit {
    /// Lines whose text becomes another.
    var replaced: [(index: Int, line: LineStore.NewLine)] = []
    var removed: [Int] = []
    /// Lines that are put in before an index.
    var inserted: [(index: Int, line: LineStore.NewLine)] = []

    /// How many bytes more the table may have afterwards.
    var growth: Int { (replaced.map(\.line) + inserted.map(\.line)).reduce(0) { $0 + $1.text.count + 2 } }

    func perform(on store: inout LineStore) {
        for item in replaced { store.replace(item.index, with: item.line) }
        // From the end on, so that the places before stay what they are; at one place the old line goes first, and the first of the new ones comes last.
        let gone = removed.map { (index: $0, order: Int.max, line: LineStore.NewLine?.none) }
        let steps = gone + inserted.enumerated().map { (index: $1.index, order: $0, line: $1.line) }
        for step in steps.sorted(by: { ($0.index, $0.order) > ($1.index, $1.order) }) {
            if let line = step.line { store.insert([line], at: step.index) } else { store.remove([step.index]) }
        }
    }
}

/// Puts the parts of a draft together, or into a line that is there.
struct EntryLine {
    let schedule: [[UInt8]]
    let user: [UInt8]?
    let command: [UInt8]

    init(_ draft: EntryDraft, _ context: TableContext) throws(CrontabEditError) {
        var words: [[UInt8]] = []
        for word in draft.schedule.words { words.append(try LineText.checked(word, "schedule")) }
        guard !words.isEmpty else { throw .badText(part: "schedule", "is empty") }
        schedule = words
        command = try LineText.checked(draft.command, "command")
        guard context.hasUser else {
            guard draft.user == nil else { throw .badText(part: "user", "has no place in this table: its format has no column for it") }
            user = nil
            return
        }
        guard let name = draft.user, !name.isEmpty else { throw .badText(part: "user", "is missing: each entry of this table has one") }
        user = try LineText.checked(name, "user")
    }

    /// A line of its own.
    func fresh(_ draft: EntryDraft) -> [UInt8] {
        let parts = [Array(schedule.joined(separator: [0x20]))] + (user.map { [$0] } ?? []) + [command]
        return (draft.isEnabled ? [] : [UInt8(ascii: "#")]) + (draft.isQuiet ? [UInt8(ascii: "-")] : []) + parts.joined(separator: [0x20])
    }

    /// The line that is there, with another text where a part differs and the old bytes everywhere else; it stays enabled or disabled.
    func changing(_ line: [UInt8], _ parts: EntryParts, from old: EntryDraft, to new: EntryDraft) -> [UInt8] {
        var splices: [(range: Range<Int>, text: [UInt8])] = []
        if old.isQuiet != new.isQuiet {
            let start = parts.schedule.lowerBound
            splices.append(new.isQuiet ? (start..<start, [UInt8(ascii: "-")]) : (start - 1..<start, []))
        }
        let places = line.withUnsafeBufferPointer { $0.words(in: parts.schedule, most: .max) }
        if places.count != schedule.count {
            splices.append((parts.schedule, Array(schedule.joined(separator: [0x20]))))
        } else {
            for (place, word) in zip(places, schedule) where !line[place].elementsEqual(word) { splices.append((place, word)) }
        }
        if let user, old.user != new.user { splices.append((parts.user, user)) }
        if old.command != new.command { splices.append((parts.command, command)) }
        return LineText.spliced(line, splices)
    }
}

/// Changes of `# crond:` lines.
struct DirectiveEdit {
    /// The lines' new texts; nil for one that has nothing left.
    private(set) var lines: [[UInt8]?]
    /// What has no place in any of them.
    private(set) var added: [UInt8]?

    init(_ lines: [ArraySlice<UInt8>], from old: DirectiveTexts, to new: DirectiveTexts, isEnabled: Bool) throws(CrontabEditError) {
        var seen: Set<String> = []
        var texts: [[UInt8]?] = []
        for line in lines { texts.append(try Self.changed(DirectiveLine(line), old, new, &seen)) }
        self.lines = texts
        let more = new.items.filter { !seen.contains($0.key) }
        guard !more.isEmpty else { return }
        let text = try Self.text(more)
        if let last = self.lines.lastIndex(where: { $0 != nil }), let line = self.lines[last] {
            self.lines[last] = line + [0x20] + text
        } else {
            added = Array((isEnabled ? "# crond: " : "## crond: ").utf8) + text
        }
    }

    /// `key=value key=value`
    static func text(_ items: [DirectiveTexts.Item]) throws(CrontabEditError) -> [UInt8] {
        var words: [[UInt8]] = []
        for item in items {
            guard item.key != Directive.dialect.key else {
                throw .changesOthers("dialect= is the whole table's, not an entry's: it stands in a line above the first one")
            }
            let isKey = !item.key.isEmpty && item.key.utf8.allSatisfy { $0.isLetter || $0.isDigit || "-_".utf8.contains($0) }
            guard isKey else { throw .badText(part: "directive", "“\(VisibleText.of(item.key))” is no key") }
            guard let word = DirectiveTexts.word(item) else { throw .badText(part: "value of \(item.key)=", "has a quote in it") }
            words.append(try LineText.checked(word, "value of \(item.key)="))
        }
        return Array(words.joined(separator: [0x20]))
    }

    private static func changed(
        _ line: DirectiveLine, _ old: DirectiveTexts, _ new: DirectiveTexts, _ seen: inout Set<String>
    ) throws(CrontabEditError) -> [UInt8]? {
        var splices: [(range: Range<Int>, text: [UInt8])] = []
        var kept = 0
        for (index, word) in line.words.enumerated() {
            guard word.key != Directive.dialect.key, seen.insert(word.key).inserted else {
                kept += 1
                continue
            }
            if let value = new[word.key] {
                kept += 1
                if value != old[word.key] { splices.append((word.range, try text([.init(key: word.key, value: value)]))) }
            } else if kept > 0 {
                splices.append((line.words[index - 1].range.upperBound..<word.range.upperBound, []))
            } else {
                let next = index + 1 < line.words.count ? line.words[index + 1].range.lowerBound : word.range.upperBound
                splices.append((word.range.lowerBound..<next, []))
            }
        }
        return kept == 0 && !line.words.isEmpty ? nil : LineText.spliced(line.line, splices)
    }
}
