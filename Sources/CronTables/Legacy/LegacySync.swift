internal import CronJobs
internal import Crontabs

/// What the legacy service's cache holds, as far as it is known, and how it and the table become each other.
///
/// The cache is never worth a start or a reload: what fails is said and tried again with the next change.
struct LegacySync {
    private var written: LegacyCache?
    /// What is on its way into the cache.
    private var exported: LegacyCache?
    private var reported: [LegacyOmission] = []

    /// The file of the table that the cache is about; `nil` where it has none: tables of users are none of the legacy service's.
    static func path(in source: TableSource) -> String? { source.files.first.flatMap { isSystem($0, source) ? $0 : nil } }

    private static func isSystem(_ path: String, _ source: TableSource) -> Bool { source.form(of: path).format == .system }

    /// The cache as the content of that file; `nil` where there is nothing in it.
    static func table(_ text: [UInt8], at path: String) -> (file: TableFile?, events: [LegacyCacheEvent]) {
        guard let cache = LegacyCache(json: text) else { return (nil, [.unreadable]) }
        guard !cache.rows.isEmpty else { return (nil, []) }
        let table = LegacyImport(cache)
        var events: [LegacyCacheEvent] = [.imported(entries: cache.rows.count)]
        if !table.numericWeekdays.isEmpty { events.append(.numericWeekdays(lines: table.numericWeekdays)) }
        if !table.percents.isEmpty { events.append(.percents(lines: table.percents)) }
        if !table.unusable.isEmpty { events.append(.keptAsComments(lines: table.unusable)) }
        return (TableFile(path: path, content: table.content), events)
    }

    /// The table's named files as the text of the cache, `nil` where it holds them already; and what it cannot hold, where that is new.
    mutating func export(
        _ files: [TableFile], of source: TableSource, _ parse: (TableFile) -> Crontab
    ) -> (text: [UInt8]?, omitted: [LegacyOmission]?) {
        let isItsOwn = source.files.isEmpty ? source.format == .system : source.files.contains { Self.isSystem($0, source) }
        guard isItsOwn else { return (nil, nil) }
        let named = files.filter { source.files.contains($0.path) && Self.isSystem($0.path, source) }
        let export = LegacyExport(files: named, parse: parse)
        let isNew = export.omissions != reported && !export.omissions.isEmpty
        reported = export.omissions
        let isWritten = export.cache == written
        exported = isWritten ? nil : export.cache
        return (isWritten ? nil : export.cache.json, isNew ? export.omissions : nil)
    }

    mutating func noteWritten() {
        if let exported { written = exported }
        exported = nil
    }

    /// Somebody else may have written the cache since.
    mutating func forget() { written = nil }
}
