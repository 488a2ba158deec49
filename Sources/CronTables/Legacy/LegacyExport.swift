internal import CronExpressions
internal import CronJobs
internal import Crontabs

/// The table's entries as rows of the legacy service's cache, and those that it cannot hold.
struct LegacyExport: Hashable {
    var cache = LegacyCache()
    var omissions: [LegacyOmission] = []

    /// - Parameters:
    ///   - files: the table's named files; drop-in files are not the legacy service's.
    ///   - parse: reads a file as the service does.
    init(files: [TableFile], parse: (TableFile) -> Crontab) {
        for file in files {
            let crontab = parse(file)
            for entry in crontab.entries {
                switch Self.row(entry, in: file, crontab) {
                case .success(let row): cache.rows.append(row)
                case .failure(let obstacle): omissions.append(.init(path: file.path, line: entry.line, reason: obstacle.reason))
                }
            }
        }
    }

    private struct Obstacle: Error {
        var reason: String
        init(_ reason: String) { self.reason = reason }
    }

    private static func row(_ entry: CrontabEntry, in file: TableFile, _ crontab: Crontab) -> Result<[String], Obstacle> {
        guard case .cron = entry.timing else {
            return .failure(Obstacle("the legacy service has only lines of five fields, without bounds"))
        }
        guard !entry.directives.publishes else { return .failure(Obstacle("the legacy service would run it as a command")) }
        guard crontab.dialect == .vixie, let print = crontab.legacyRendering(of: entry, in: file.content)
        else { return .failure(Obstacle("the legacy service knows no other dialect")) }
        guard let written = try? CronExpression(entry.scheduleText(in: file.content)), !isBeyondLegacy(written) else {
            return .failure(Obstacle("the legacy service knows no L, W, #, ~, + or ?"))
        }
        guard print.fields.count == 5, let printed = try? CronExpression(print.fields.joined(separator: " ")),
            printed.schedule(in: .utc) == written.schedule(in: .utc)
        else { return .failure(Obstacle("the legacy service's print of it would mean other times")) }
        guard !print.command.isEmpty else { return .failure(Obstacle("the legacy service would see no command")) }
        return .success(print.row)
    }

    private static func isBeyondLegacy(_ expression: CronExpression) -> Bool {
        expression.fields.contains { field in
            field.demandsBothDays
                || field.elements.contains { element in
                    switch element.item {
                    case .every, .range: false
                    default: true
                    }
                }
        }
    }
}
