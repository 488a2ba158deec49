internal import CronExpressions
internal import Crontabs

/// What the entries of a crontab mean in words, by their lines; of `@every` and what directives add, too.
struct EntryMeanings {
    private let byLine: [Int: String]

    init(_ bytes: [UInt8], format: CrontabFormat, dialect: Dialect, zone: Zone, path: String, in language: ExplanationLanguage) {
        let options = CrontabOptions(format: format, dialect: dialect, zone: zone, zones: Surroundings.zones, path: path)
        // What is no crontab at all has been told by whoever read it.
        guard let table = try? EditableCrontab(bytes, options: options) else {
            byLine = [:]
            return
        }
        let pairs = table.entries.lazy.filter(\.isEnabled).compactMap { entry in
            entry.description(in: language).map { (entry.lineNumber, $0) }
        }
        byLine = Dictionary(pairs) { first, _ in first }
    }

    subscript(line: Int) -> String? { byLine[line] }
}
