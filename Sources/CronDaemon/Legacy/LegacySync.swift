internal import CronJobs
internal import Crontabs

/// Keeps the table and the legacy service's cache in step, for the keeper of the table.
///
/// The cache is never worth a start or a reload: what fails here is said and tried again with the next change.
final class LegacySync {
    private let data: any LegacyData
    private let source: TableSource
    private let parse: (TableFile) -> Crontab
    private let log: Log
    private var written: LegacyCache?
    private var reportedOmissions: [LegacyExport.Omission] = []

    init(data: any LegacyData, source: TableSource, parse: @escaping (TableFile) -> Crontab, log: Log) {
        self.data = data
        self.source = source
        self.parse = parse
        self.log = log
    }

    /// The cache as the content of the table's first file; `nil` where there is none, or nothing in it.
    func importedTable(isolation: isolated (any Actor)? = #isolation) async throws(StoreError) -> TableFile? {
        guard source.format == .system, let path = source.files.first, let text = try await cache() else { return nil }
        guard let cache = LegacyCache(json: text) else {
            log.warning("the legacy service's cache cannot be read; it is replaced at the next change of the table")
            return nil
        }
        guard !cache.rows.isEmpty else { return nil }
        let table = LegacyImport(cache)
        log.info("imported the legacy service's cache as a revision", .number("entries", Int64(cache.rows.count)))
        warn("lines with a numeric day of week: the legacy service took 0 for Monday, here 0 is Sunday", table.numericWeekdays)
        warn("lines with a percent sign: it was literal in the legacy service, so it is written as \\% here", table.percents)
        warn("rows that are no entry: they are kept as comments", table.unusable)
        return TableFile(path: path, content: table.content)
    }

    /// The cache carries no signature.
    func mentionRefusal(isolation: isolated (any Actor)? = #isolation) async {
        guard source.format == .system, let text = try? await data.cache(), !text.isEmpty else { return }
        log.warning("the legacy service's cache is not imported: there is a key for the table, and the cache cannot be signed")
    }

    /// Somebody else may have written the cache since.
    func forget() { written = nil }

    /// What is there and cannot be the legacy service's counts as nothing; a store that fails is not nothing.
    private func cache(isolation: isolated (any Actor)? = #isolation) async throws(StoreError) -> [UInt8]? {
        do {
            return try await data.cache()
        } catch {
            guard error.code == .corrupt else { throw error }
            log.warning("the legacy service's cache is not used", .text("reason", error.message))
            return nil
        }
    }

    private func warn(_ message: String, _ lines: [Int]) {
        guard !lines.isEmpty else { return }
        log.warning("the legacy service's cache has \(message)", .text("lines", lines.prefix(100).map(String.init).joined(separator: ",")))
    }

    /// Writes the table's named files into the cache, unless it holds them already.
    func write(_ files: [TableFile], isolation: isolated (any Actor)? = #isolation) async {
        guard source.format == .system else { return }
        let export = LegacyExport(files: files.filter { source.files.contains($0.path) }, parse: parse)
        report(export.omissions)
        guard export.cache != written else { return }
        do {
            try await data.setCache(export.cache.json)
            written = export.cache
        } catch {
            log.warning("the legacy service's cache is not written; it is tried again with the next change", .text("reason", error.message))
        }
    }

    private func report(_ omissions: [LegacyExport.Omission]) {
        guard omissions != reportedOmissions else { return }
        reportedOmissions = omissions
        guard !omissions.isEmpty else { return }
        let lines = omissions.prefix(100).map { "\($0.path):\($0.line) (\($0.reason))" }
        log.info("lines that the legacy service's cache cannot hold", .text("lines", lines.joined(separator: ", ")))
    }
}
