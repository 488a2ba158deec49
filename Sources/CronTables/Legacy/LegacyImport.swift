internal import CronJobs
internal import Crontabs

/// The cache's rows as a system crontab, with what an operator must look at once.
struct LegacyImport: Hashable {
    /// The text of the table; a row that is no entry stands in it as a comment.
    var content: [UInt8] = []
    /// Lines whose day of week is a number: in the legacy service 0 was Monday, here it is Sunday.
    var numericWeekdays: [Int] = []
    /// Lines with a `%` in the command: literal in the legacy service, hence written as `\%`.
    var percents: [Int] = []
    /// Rows that are no entry.
    var unusable: [Int] = []

    init(_ cache: LegacyCache) {
        for (index, row) in cache.rows.enumerated() { add(row, line: index + 1) }
    }

    private mutating func add(_ row: [String], line: Int) {
        guard Self.isEntry(row) else {
            unusable.append(line)
            let json = LegacyCache(rows: [row]).json
            content += Array("# no entry, kept from the cache: ".utf8) + json.dropFirst().dropLast() + Array("\n".utf8)
            return
        }
        if row[4].utf8.contains(where: { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) { numericWeekdays.append(line) }
        if row[6].utf8.contains(UInt8(ascii: "%")) { percents.append(line) }
        let user = row[5].isEmpty ? "root" : row[5]
        content += Array((row[0..<5] + [user, EntryDraft.text(of: row[6])]).joined(separator: " ").utf8) + Array("\n".utf8)
    }

    /// Whether the row can stand in one line without becoming another: seven texts, no control character, words where words belong.
    private static func isEntry(_ row: [String]) -> Bool {
        guard row.count == 7, !row[6].isEmpty, row[6].utf8.count < 131_072 else { return false }
        let isPrintable = row.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value == 9 || $0.properties.generalCategory != .control } }
        let words = row[0..<5] + (row[5].isEmpty ? [] : [row[5]])
        return isPrintable && words.allSatisfy { !$0.isEmpty && !$0.utf8.contains { $0 == 0x20 || $0 == 9 } } && row[0].first != "#"
    }
}
