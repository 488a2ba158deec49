internal import CronExpressions

// A table for people: columns beside each other, each as wide as its widest cell. On a terminal that is narrower, the columns that may shrink
// do, the widest first, and what does not fit ends in an ellipsis; where that is not enough, columns that say less are left out. What is piped is
// never cut. What others wrote cannot move the cursor.

/// How a cell looks where there are colours.
enum Tone: String {
    case plain = "", bold = "1", dim = "2", good = "32", bad = "31", warning = "33", notice = "36"

    func applied(to text: String, isColored: Bool) -> String {
        isColored && self != .plain && !text.isEmpty ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}

struct TextTable {
    struct Column {
        /// A table whose columns have no titles has no line of them.
        var title: String
        var isRight = false
        /// The width that it may shrink to; nil: it stays as wide as it is.
        var least: Int?
        /// What is cut off is the beginning, as of a path.
        var keepsEnd = false
        /// It is left out where there is too little room for all, the one with the highest number first; nil: never.
        var goes: Int?

        init(_ title: String, isRight: Bool = false, least: Int? = nil, keepsEnd: Bool = false, goes: Int? = nil) {
            self.title = title
            self.isRight = isRight
            self.least = least
            self.keepsEnd = keepsEnd
            self.goes = goes
        }
    }

    struct Cell: ExpressibleByStringInterpolation {
        var text: String
        var tone: Tone

        init(_ text: String, _ tone: Tone = .plain) {
            self.text = text
            self.tone = tone
        }

        init(stringLiteral text: String) { self.init(text) }
    }

    let columns: [Column]
    private var rows: [[Cell]] = []
    private var widths: [Int]

    init(_ columns: [Column]) {
        self.columns = columns
        widths = columns.map { TextWidth.of($0.title) }
    }

    /// Cells that are left out at the end are empty.
    mutating func add(_ cells: [Cell]) {
        var row: [Cell] = []
        row.reserveCapacity(columns.count)
        for (index, cell) in cells.prefix(columns.count).enumerated() {
            var text = VisibleText.shown(cell.text)
            if text.utf8.contains(9) { text = String(text.map { $0 == "\t" ? " " : $0 }) }
            widths[index] = max(widths[index], TextWidth.of(text))
            row.append(Cell(text, cell.tone))
        }
        rows.append(row)
    }

    var isEmpty: Bool { rows.isEmpty }

    /// The lines, the titles' first.
    ///
    /// - Parameter width: of the terminal; nil where there is none.
    func lines(width: Int? = nil, isColored: Bool = false) -> [String] {
        guard let width else { return lines(widths, isColored) }
        let table = narrowed(to: width)
        return table.lines(table.fitted(to: width), isColored)
    }

    private func lines(_ widths: [Int], _ isColored: Bool) -> [String] {
        let titles = columns.map { Cell($0.title, .bold) }
        let head = columns.contains { !$0.title.isEmpty } ? [line(titles, widths, isColored)] : []
        return head + rows.map { line($0, widths, isColored) }
    }

    /// Without the columns for which there is no room, as far as they may go.
    private func narrowed(to width: Int) -> TextTable {
        var kept = Array(columns.indices)
        func need() -> Int { kept.reduce(2 * (kept.count - 1)) { $0 + min(widths[$1], columns[$1].least ?? .max) } }
        while need() > width {
            let able = kept.filter { columns[$0].goes != nil }
            guard let next = able.max(by: { columns[$0].goes ?? 0 < columns[$1].goes ?? 0 }) else { break }
            kept.removeAll { $0 == next }
        }
        guard kept.count < columns.count else { return self }
        var table = TextTable(kept.map { columns[$0] })
        table.widths = kept.map { widths[$0] }
        table.rows = rows.map { row in kept.compactMap { row.indices.contains($0) ? row[$0] : nil } }
        return table
    }

    /// The widths with which a line has at most so many cells, as far as columns may shrink.
    private func fitted(to width: Int) -> [Int] {
        var widths = widths
        var excess = widths.reduce(2 * (widths.count - 1), +) - width
        while excess > 0 {
            // The widest goes down to the next, or as far as is needed.
            let able = widths.indices.filter { widths[$0] > columns[$0].least ?? .max }
            guard let widest = able.max(by: { widths[$0] < widths[$1] }) else { break }
            let next = able.lazy.filter { $0 != widest }.map { widths[$0] }.max() ?? 0
            let step = max(1, min(excess, widths[widest] - max(next, columns[widest].least ?? 0)))
            widths[widest] -= step
            excess -= step
        }
        return widths
    }

    private func line(_ row: [Cell], _ widths: [Int], _ isColored: Bool) -> String {
        var line = "", blanks = 0
        for (index, cell) in row.enumerated() {
            let column = columns[index], text = TextWidth.cut(cell.text, to: widths[index], keepsEnd: column.keepsEnd)
            let padding = widths[index] - TextWidth.of(text)
            if index > 0 { blanks += 2 }
            if column.isRight { blanks += padding }
            // A line has no blanks at its end.
            if !text.isEmpty {
                line += String(repeating: " ", count: blanks) + cell.tone.applied(to: text, isColored: isColored)
                blanks = 0
            } else if column.isRight {
                blanks -= padding
                blanks += widths[index]
                continue
            }
            if !column.isRight { blanks += padding }
        }
        return line
    }
}

extension TextTable {
    /// Writes it to standard output, fitted to the terminal if that is one.
    func show(_ appearance: Appearance) {
        var bytes: [UInt8] = []
        for line in lines(width: Terminal.width, isColored: appearance.color.isOn()) {
            bytes += line.utf8
            bytes.append(UInt8(ascii: "\n"))
        }
        Output.write(bytes)
    }
}
