internal import CronJobs
internal import Crontabs

/// Keeps the table and the legacy service's cache in step, for the keeper of the table.
///
/// The cache is never worth a start or a reload: what fails here is said and tried again with the next change.
final class LegacySync {
    private let data: any LegacyData
    private let source: TableSource
    private let parse: (TableFile) -> Crontab
    private let observer: any TableObserver
    private var written: LegacyCache?
    private var reportedOmissions: [LegacyOmission] = []

    init(data: any LegacyData, source: TableSource, parse: @escaping (TableFile) -> Crontab, observer: any TableObserver) {
        self.data = data
        self.source = source
        self.parse = parse
        self.observer = observer
    }

    /// The cache as the content of the table's first file; `nil` where there is none, or nothing in it.
    func importedTable(isolation: isolated (any Actor)? = #isolation) async throws(StoreError) -> TableFile? {
        guard let path = source.files.first, isSystem(path), let text = try await cache() else { return nil }
        guard let cache = LegacyCache(json: text) else {
            say(.unreadable)
            return nil
        }
        guard !cache.rows.isEmpty else { return nil }
        let table = LegacyImport(cache)
        say(.imported(entries: cache.rows.count))
        if !table.numericWeekdays.isEmpty { say(.numericWeekdays(lines: table.numericWeekdays)) }
        if !table.percents.isEmpty { say(.percents(lines: table.percents)) }
        if !table.unusable.isEmpty { say(.keptAsComments(lines: table.unusable)) }
        return TableFile(path: path, content: table.content)
    }

    /// The cache carries no signature.
    func mentionRefusal(isolation: isolated (any Actor)? = #isolation) async {
        guard let path = source.files.first, isSystem(path), let text = try? await data.cache(), !text.isEmpty else { return }
        say(.unsigned)
    }

    /// Somebody else may have written the cache since.
    func forget() { written = nil }

    /// What is there and cannot be the legacy service's counts as nothing; a store that fails is not nothing.
    private func cache(isolation: isolated (any Actor)? = #isolation) async throws(StoreError) -> [UInt8]? {
        do {
            return try await data.cache()
        } catch {
            guard error.code == .corrupt else { throw error }
            say(.notUsed(reason: error.message))
            return nil
        }
    }

    /// Tables of users are none of the legacy service's.
    private func isSystem(_ path: String) -> Bool { source.form(of: path).format == .system }

    private func say(_ event: LegacyCacheEvent) { observer.observe(.legacy(event)) }

    /// Writes the table's named files into the cache, unless it holds them already.
    func write(_ files: [TableFile], isolation: isolated (any Actor)? = #isolation) async {
        guard source.files.isEmpty ? source.format == .system : source.files.contains(where: isSystem) else { return }
        let export = LegacyExport(files: files.filter { source.files.contains($0.path) && isSystem($0.path) }, parse: parse)
        report(export.omissions)
        guard export.cache != written else { return }
        do {
            try await data.setCache(export.cache.json)
            written = export.cache
        } catch {
            say(.notWritten(reason: error.message))
        }
    }

    private func report(_ omissions: [LegacyOmission]) {
        guard omissions != reportedOmissions else { return }
        reportedOmissions = omissions
        if !omissions.isEmpty { say(.omitted(omissions)) }
    }
}
