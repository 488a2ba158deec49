internal import CronExpressions
internal import CronJobs

/// Walks a table twice: once for its assignments, once for everything else.
///
/// Two walks, because which lines are assignments depends on nothing else in the file, and because with their log complete the entries can share
/// it (see `CrontabEnvironment`). The second walk is the start-up path of 100,000 lines: an entry costs one look for its schedule, one command string and one
/// MD5 there; diagnostics are made only for lines that have any, by parsing them a second time.
struct TableParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let options: CrontabOptions
    let deliver: (CrontabEntry) -> Void
    /// What the file is read as.
    var dialect: Dialect { didSet { schedules = ScheduleMemo() } }
    /// As this dialect reads them.
    var schedules = ScheduleMemo()
    var reports: LineReports
    var log = AssignmentLog(items: [])
    /// Assignments of the log above the present line.
    var logCount = 0
    var environment: CrontabEnvironment
    /// The zone of the entries below; nil where `CRON_TZ` names none that exists.
    var zone: Zone?
    /// What `RANDOM_DELAY` puts off the starts of the entries below by, in minutes.
    var delay = 0
    var block: DirectiveBlock
    var names: Set<String> = []
    /// The policies of the last entry that had any of its own.
    var lastPolicies: JobPolicies
    /// Where `dialect=` stands.
    var dialectLine: Int?
    /// `dialect=` names none that exists, or stands twice: no entry runs.
    var dialectUnknown = false
    var hasUser: Bool
    var lineCount = 0
    var entryLines = 0
    var zones: ZoneLookup
    var knownUsers: [String: Bool] = [:]
    var lastUser: (range: Range<Int>, text: String)?
    var renderer = LegacyRenderer()

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ options: CrontabOptions, _ deliver: @escaping (CrontabEntry) -> Void) {
        self.bytes = bytes
        self.deliver = deliver
        self.options = options
        dialect = options.dialect
        block = DirectiveBlock(options)
        lastPolicies = options.policies
        reports = LineReports(bytes, path: options.path)
        environment = CrontabEnvironment(log: log, count: 0, zoneName: nil)
        zone = options.zone
        zones = ZoneLookup(options.zones)
        hasUser = options.format == .system && options.dialect.hasUserColumn
    }

    /// - Parameter expect: told once, before the first entry, how many there are at most.
    mutating func run(expect: (Int) -> Void) {
        guard bytes.count <= CrontabLimits.file else {
            reports.refuse(
                line: 0, source: "", 0..<0, "the file has \(bytes.count) bytes, more than \(CrontabLimits.file): it is refused whole")
            return
        }
        if let finding = FileCheck.firstFinding(bytes, from: LineWalk.start(of: bytes)) {
            reports.refuse(finding)
            return
        }
        guard gatherAssignments() else { return }
        expect(min(lineCount, CrontabLimits.entries))
        var walk = LineWalk(bytes)
        while let line = walk.next(), !reports.isRefused { take(line) }
        if !reports.isRefused { endBlock() }
        reports.sort()
    }

    // MARK: Assignments

    private mutating func gatherAssignments() -> Bool {
        var walk = LineWalk(bytes)
        defer { lineCount = walk.count }
        var items: [AssignmentLog.Item] = []
        var names: Set<String> = []
        while let line = walk.next() {
            guard let found = AssignmentSlices.find(in: line, bytes) else { continue }
            let name = bytes.text(found.name)
            names.insert(name)
            guard names.count <= CrontabLimits.variables else {
                reports.refuse(line, "more than \(CrontabLimits.variables) variables in one table: it is refused whole")
                return false
            }
            items.append(.init(line: line.number, assignment: .init(name: name, value: bytes.text(found.value))))
        }
        log = AssignmentLog(items: items)
        return true
    }

    /// Moves on to the environment below the assignment in this line.
    private mutating func takeAssignment(_ line: Line) {
        endBlock()
        logCount += 1
        let item = log.items[logCount - 1].assignment
        noteScheduleInZone(item, line)
        var zoneName = environment.zoneName
        if item.name == "CRON_TZ" {
            zoneName = item.value.isEmpty ? nil : item.value
            zone = zone(named: item.value, line)
        }
        if item.name == "RANDOM_DELAY", !dialect.assignmentsHoldForWholeFile {
            delay = NumberText.read(item.value, in: Self.delays).map(options.draws.delay) ?? 0
        }
        environment = CrontabEnvironment(log: log, count: logCount, zoneName: zoneName)
    }

    /// Minutes of `RANDOM_DELAY`, as cronie takes them.
    static let delays = 0...1440

    private mutating func zone(named name: String, _ line: Line) -> Zone? {
        guard !name.isEmpty else { return options.zone }
        do {
            return try zones.zone(named: name)
        } catch {
            let place = AssignmentSlices.find(in: line, bytes)?.value ?? line.range
            var fault = LineFault(error.message, at: place, expected: "the name of a time zone", suggestion: error.suggestion)
            let whole = dialect.assignmentsHoldForWholeFile, replaced = isReplaced(line)
            fault.message += replaced ? "; a CRON_TZ below replaces it" : "; the entries \(whole ? "of this file" : "below") do not run"
            reports.add(replaced ? .warning : .error, fault, in: line)
            return nil
        }
    }

    /// Whether another `CRON_TZ` further below counts instead of the one in this line.
    private func isReplaced(_ line: Line) -> Bool {
        guard dialect.assignmentsHoldForWholeFile else { return false }
        return log.items.last { $0.assignment.name == "CRON_TZ" }.map { $0.line > line.number } ?? false
    }

    /// Where an assignment holds for the whole file, the last one of each name wins, from the first entry on.
    private mutating func assumeWholeFile() {
        guard dialect.assignmentsHoldForWholeFile else { return }
        let last = log.items.last { $0.assignment.name == "CRON_TZ" }
        if let last {
            // The line itself is reported when the walk comes to it.
            zone = last.assignment.value.isEmpty ? options.zone : try? zones.zone(named: last.assignment.value)
        }
        let name = last.flatMap { $0.assignment.value.isEmpty ? nil : $0.assignment.value }
        environment = CrontabEnvironment(log: log, count: log.items.count, zoneName: name)
    }

    // MARK: Lines

    private mutating func take(_ line: Line) {
        if line.text.isEmpty {
            endBlock()
        } else if line.range.count > CrontabLimits.line {
            bad(line, LineFault("the line has \(line.range.count) bytes, more than \(CrontabLimits.line)", at: line.range))
            block = DirectiveBlock(options)
        } else if bytes[line.text.lowerBound] == UInt8(ascii: "#") {
            takeComment(line)
        } else if logCount < log.items.count, log.items[logCount].line == line.number {
            let held = (environment, zone)
            takeAssignment(line)
            if dialect.assignmentsHoldForWholeFile { (environment, zone) = held }
        } else {
            if entryLines == 0 { assumeWholeFile() }
            takeEntryLine(line)
        }
    }

    /// Reports a bad line and its reason.
    mutating func bad(_ line: Line, _ fault: LineFault) {
        reports.add(.error, fault, in: line)
        badLine(line)
    }

    /// A bad line whose reason is already reported.
    mutating func badLine(_ line: Line) { reports.addBadLine(line, block.directives) }

    /// A blank line, an assignment or the end: directives above it have no entry.
    private mutating func endBlock() {
        if let first = block.firstLine, block.faultLine == nil {
            reports.add(
                .warning,
                LineFault("no entry follows this directive: it sets nothing", at: first.range, expected: "an entry in the next line"),
                in: first)
        }
        if !block.isEmpty { block = DirectiveBlock(options) }
    }
}
