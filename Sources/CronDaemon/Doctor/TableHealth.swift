internal import CronExpressions
internal import CronJobs
internal import CronTables
internal import Crontabs

/// Whether the table's files are there, may be read, and have good lines.
struct TableHealth {
    struct File {
        var path: String
        var entries: Int
        var badLines: Int
        /// Users that this machine does not have.
        var unknownUsers: [String] = []
    }

    var files: [File] = []
    var unusable: [(path: String, reason: String)] = []
    var absent: [String] = []
    var passedOver: [String] = []
    /// The default files: drop-in files are a table, too, and any of them may come later.
    var isDefault = false

    static func look(_ configuration: Configuration, _ zones: ZoneDatabase) -> TableHealth {
        let zone = zones.localZone(environmentTZ: configuration.environment["TZ"])
        let source = configuration.table, look = ServiceHost.look(at: source)
        var health = TableHealth(unusable: look.unusable, absent: look.absent, passedOver: look.passedOver, isDefault: source.waits)
        for file in look.files {
            var options = CrontabOptions(
                format: source.format, zone: zone, zones: zones, draws: .host(configuration.host), path: file.path)
            options.isUser = { _ in true }
            let table = Crontab(parsing: file.content, options: options)
            let users = Set(table.entries.compactMap(\.user)).filter { !ServiceHost.isKnownUser($0) }
            let bad = Set(table.diagnostics.filter { $0.diagnostic.severity == .error }.map(\.line))
            health.files.append(File(path: file.path, entries: table.entries.count, badLines: bad.count, unknownUsers: users.sorted()))
        }
        return health
    }

    /// What a service says of its files; nil where all of them are of a table that is looked at anyway.
    static func findings(of files: [TableFileSnapshot], besides source: TableSource) -> [Finding]? {
        let isOther = files.contains { file in
            !source.files.contains(file.path) && !source.dropInFolders.contains { file.path.hasPrefix("\($0)/") }
        }
        guard isOther else { return nil }
        return files.map { file in
            let text = "\(file.path): \(file.entries == 1 ? "1 entry" : "\(file.entries) entries"), \(file.state)"
            guard let reason = file.reason else { return .ok("table", text) }
            return .todo("table", "\(text): \(reason)", "mend the file; crond check \(file.path) says more")
        }
    }

    var findings: [Finding] {
        var findings: [Finding] = []
        for file in files {
            let entries = file.entries == 1 ? "1 entry" : "\(file.entries) entries"
            if file.badLines > 0 {
                let lines = file.badLines == 1 ? "1 bad line" : "\(file.badLines) bad lines"
                findings.append(.todo("table", "\(file.path): \(entries), \(lines)", "crond check shows them, and how to write them"))
            } else {
                findings.append(.ok("table", "\(file.path): \(entries), trusted"))
            }
            if !file.unknownUsers.isEmpty {
                let names = file.unknownUsers.prefix(5).joined(separator: ", ") + (file.unknownUsers.count > 5 ? " …" : "")
                findings.append(
                    .todo("table", "\(file.path): this machine has no user \(names)", "add the user, or correct the line: its runs fail"))
            }
        }
        for file in unusable {
            findings.append(.todo("table", "\(file.path) \(file.reason)", "mend the file; crond check \(file.path) says more"))
        }
        for path in passedOver {
            findings.append(
                .todo("table", "\(path) is passed over because of its name", "use only letters, digits, _ and - in it, or move it away"))
        }
        if isDefault, files.isEmpty, unusable.isEmpty {
            findings.append(.ok("table", "there is none yet: \(absent.joined(separator: " ")) is waited for"))
        } else if !isDefault {
            for path in absent {
                findings.append(
                    .todo(
                        "table", "\(path) is not there", "put it there, or start with --wait-for-table; one that the store has is restored")
                )
            }
        }
        return findings
    }
}
