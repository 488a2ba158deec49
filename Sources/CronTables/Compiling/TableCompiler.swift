public import CronExpressions
public import CronJobs
public import Crontabs

/// Turns files into jobs: parses each, gives every entry its id, joins what only the whole table can tell.
public struct TableCompiler: Sendable {
    private let form: @Sendable (String) -> FileForm
    public var zone: Zone
    public var zones: ZoneDatabase
    public var draws: DrawSource
    /// Whether there is a user of that name, where the number of fields of a line depends on it.
    public var isUser: (@Sendable (String) -> Bool)?
    /// What jobs have that set nothing else.
    public var policies = JobPolicies.standard
    /// Several hosts have the table, by a store that they share.
    public var isShared = false
    /// Keys of directives that set what cannot be kept here, and why: their entries are bad lines.
    public var unavailable: [String: String] = [:]
    /// How long the broker waits for the acknowledgement of a message.
    public var consumerTimeout = AcknowledgementPolicy.usualPatience

    /// - Parameter host: from which `a~b` is drawn as long as there is no seed.
    public init(source: TableSource, zone: Zone, zones: ZoneDatabase, host: String) {
        form = source.form
        self.zone = zone
        self.zones = zones
        draws = .host(host)
    }

    /// For files that are all read in the same way.
    public init(format: CrontabFormat, zone: Zone, zones: ZoneDatabase, host: String) {
        self.init(source: TableSource(files: [], format: format), zone: zone, zones: zones, host: host)
    }

    /// The jobs of a table's files, which are given in its order; each has an id that no other has.
    public func compile(_ files: [TableFile]) -> CompiledTable {
        var table = CompiledTable()
        var names = NameRegister()
        for (number, file) in files.enumerated() {
            table.paths.append(file.path)
            add(file, number: Int32(truncatingIfNeeded: number), names: &names, to: &table)
        }
        return table
    }

    private func own(_ written: JobPolicies) -> JobPolicies { written === JobPolicies.standard ? policies : written }

    /// cronie's `-n`: mail on failure only.
    private func policies(of entry: CrontabEntry) -> JobPolicies {
        let policies = own(entry.policies)
        guard entry.mailsOnlyOnFailure, policies.values.mailOn != .never else { return policies }
        var values = policies.values
        values.mailOn = .failure
        return JobPolicies(values)
    }

    /// A file by itself, entry by entry.
    public func parse(_ file: TableFile) -> Crontab { Crontab(parsing: file.content, options: options(file)) }

    private func options(_ file: TableFile) -> CrontabOptions {
        var options = CrontabOptions(format: form(file.path).format, zone: zone, zones: zones, draws: draws, path: file.path)
        options.isUser = isUser
        options.policies = policies
        options.unavailable = unavailable
        options.isShared = isShared
        options.consumerTimeout = consumerTimeout
        return options
    }

    private func add(_ file: TableFile, number: Int32, names: inout NameRegister, to table: inout CompiledTable) {
        let (jobsBefore, faultsBefore) = (table.jobs.count, table.faults.count)
        var settings = SettingCache(owner: form(file.path).owner)
        var doubled: [LineDiagnostic] = []
        let crontab = Crontab(reading: file.content, options: options(file)) { count in
            names.reserve(count)
            table.jobs.reserveCapacity(jobsBefore + count)
            table.places.reserveCapacity(jobsBefore + count)
        } take: { entry in
            let place = CompiledTable.Place(file: number, line: Int32(truncatingIfNeeded: entry.line), schedule: entry.scheduleRange)
            guard let id = names.id(for: entry) else {
                table.faults.append(.init(place: place, name: entry.name))
                return doubled.append(.duplicateName(entry, path: file.path))
            }
            let text = LegacySuffix.stripped(entry.command)
            let action =
                entry.publication(of: text).map { Action.publish($0) }
                ?? .command(Command(text: text, setting: settings.setting(of: entry)))
            table.jobs.append(Job(id: id, timing: entry.timing, action: action, policies: policies(of: entry)))
            table.places.append(place)
        }
        table.diagnostics += crontab.diagnostics
        if crontab.refused {
            table.refused.append(file.path)
            table.jobs.removeSubrange(jobsBefore...)
            table.places.removeSubrange(jobsBefore...)
            table.faults.removeSubrange(faultsBefore...)
            return
        }
        table.diagnostics += doubled
        for bad in crontab.badLines {
            table.faults.append(.init(place: .init(file: number, line: Int32(truncatingIfNeeded: bad.line)), name: bad.name))
        }
    }
}

/// Gives each entry an id that no other entry of the table has.
private struct NameRegister {
    private var names: Set<String> = []
    private var copies = CopyCounts()

    mutating func reserve(_ count: Int) { copies.reserve(count) }

    /// `nil` if the entry's own name is taken. Identical lines are numbered.
    mutating func id(for entry: CrontabEntry) -> JobID? {
        if let name = entry.name { return names.insert(name).inserted ? JobID(name) : nil }
        return JobID(derivedFrom: entry.derivedHash, copy: copies.next(entry.derivedHash))
    }
}

/// Gives neighbours in a file that run with the same the same object.
private struct SettingCache {
    /// As whom entries run that name no user.
    let owner: String?
    private var environment: CrontabEnvironment?
    private var variables = Variables.none
    /// The last one without input, and the user and the dash of the entry that it was made for.
    private var last: (setting: CommandSetting, user: String?, quiet: Bool)?

    init(owner: String?) { self.owner = owner }

    mutating func setting(of entry: CrontabEntry) -> CommandSetting {
        if environment !== entry.environment {
            environment = entry.environment
            variables = entry.environment.isEmpty ? .none : Variables(entry.environment.assignments)
            last = nil
        }
        if let last, last.quiet == entry.quiet, last.user == entry.user, entry.input == nil { return last.setting }
        let made = CommandSetting(input: entry.input, user: entry.user ?? owner, variables: variables, quiet: entry.quiet)
        if entry.input == nil { last = (made, entry.user, entry.quiet) }
        return made
    }
}

extension LineDiagnostic {
    fileprivate static func duplicateName(_ entry: CrontabEntry, path: String) -> LineDiagnostic {
        let name = entry.name ?? ""
        let diagnostic = Diagnostic(
            severity: .error, message: "the name \(name) is already taken by another entry of the table", range: 0..<1,
            expected: "a name of its own for each entry", suggestion: "# crond: name=\(name)-2")
        return LineDiagnostic(path: path, line: entry.line, diagnostic: diagnostic, source: entry.command)
    }
}
