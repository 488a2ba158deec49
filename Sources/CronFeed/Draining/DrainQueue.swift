/// Facts that are being told, in their order: what is behind them may be noted once each event of them, and of all before them, has arrived.
struct DrainQueue: Sendable {
    private struct Entry: Sendable {
        var number: Int64
        /// Events that have not arrived yet.
        var open: Int
        var notes: [String: String?]
    }

    private var entries: ArraySlice<Entry> = []
    /// Which of all entries ever each event belongs to.
    private var entryOf: [Int: Int] = [:]
    private var lastTicket = 0
    /// How many entries have left.
    private var left = 0

    var isEmpty: Bool { entries.isEmpty }
    /// Events on their way.
    var open: Int { entryOf.count }

    /// - Returns: the tickets of its events.
    mutating func append(_ number: Int64, events: Int, notes: [String: String?]) -> Range<Int> {
        let tickets = lastTicket + 1..<lastTicket + 1 + events
        for ticket in tickets { entryOf[ticket] = left + entries.count }
        lastTicket += events
        entries.append(Entry(number: number, open: events, notes: notes))
        return tickets
    }

    /// An event is not on its way any more.
    mutating func settle(_ ticket: Int, arrived: Bool) {
        guard let entry = entryOf.removeValue(forKey: ticket), entry >= left, arrived else { return }
        entries[entries.startIndex + entry - left].open -= 1
    }

    /// What is told of it; `nil` where nothing is.
    var mark: ToldMark? {
        guard let end = entries.last(where: { $0.open == 0 })?.number else { return nil }
        return ToldMark(end: end, open: Set(entries.lazy.filter { $0.open > 0 && $0.number < end }.map(\.number)))
    }

    /// Takes the facts that are told, from the first on.
    mutating func takeTold() -> (number: Int64, notes: [String: String?])? {
        var told: (number: Int64, notes: [String: String?])?
        while let first = entries.first, first.open == 0 {
            told = (first.number, (told?.notes ?? [:]).merging(first.notes, uniquingKeysWith: { $1 }))
            entries = entries.dropFirst()
            left += 1
        }
        return told
    }

    /// Forgets all that is in it. To be called when nothing is on its way.
    mutating func clear() {
        left += entries.count
        entries = []
        entryOf = [:]
    }
}
