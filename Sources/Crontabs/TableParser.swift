internal import CronExpressions

/// Walks a table twice: once for its assignments, once for everything else.
///
/// Two walks, because which lines are assignments depends on nothing else in the file, and because with their log complete the entries can share
/// it (see `CrontabEnvironment`). The second walk is the start-up path of 100,000 lines: an entry costs one schedule, one command string and one
/// MD5 there; diagnostics are made only for lines that have any, by parsing them a second time.
struct TableParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let options: CrontabOptions
    let deliver: (CrontabEntry) -> Void
    var table: Crontab
    var log = AssignmentLog(items: [])
    /// Assignments of the log above the present line.
    var logCount = 0
    var environment: CrontabEnvironment
    /// The zone of the entries below; nil where `CRON_TZ` names none that exists.
    var zone: Zone?
    var block = DirectiveBlock()
    var names: Set<String> = []
    /// Where `dialect=` stands.
    var dialectLine: Int?
    /// `dialect=` names none that exists, or stands twice: no entry runs.
    var dialectUnknown = false
    var hasUser: Bool
    var lineCount = 0
    var entryLines = 0
    var warnings = 0
    var zones: ZoneLookup
    var knownUsers: [String: Bool] = [:]
    var lastUser: (range: Range<Int>, text: String)?
    var renderer = LegacyRenderer()

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ options: CrontabOptions, _ deliver: @escaping (CrontabEntry) -> Void) {
        self.bytes = bytes
        self.deliver = deliver
        self.options = options
        table = Crontab(dialect: options.dialect)
        environment = CrontabEnvironment(log: log, count: 0, zoneName: nil)
        zone = options.zone
        zones = ZoneLookup(options.zones)
        hasUser = options.format == .system && options.dialect.hasUserColumn
    }

    mutating func finish() -> Crontab { table }

    mutating func run(expect: (Int) -> Void) {
        guard bytes.count <= CrontabLimits.file else {
            refuse(line: 0, source: "", 0..<0, "the file has \(bytes.count) bytes, more than \(CrontabLimits.file): it is refused whole")
            return
        }
        if let finding = FileCheck.firstFinding(bytes, from: LineWalk.start(of: bytes)) {
            refuse(finding)
            return
        }
        guard gatherAssignments() else { return }
        expect(min(lineCount, CrontabLimits.entries))
        var walk = LineWalk(bytes)
        while let line = walk.next(), !table.refused { take(line, walk.number) }
        if !table.refused { endBlock() }
        table.diagnostics.sortByLine()
    }

    // MARK: Assignments

    private mutating func gatherAssignments() -> Bool {
        var walk = LineWalk(bytes)
        defer { lineCount = walk.number }
        var items: [AssignmentLog.Item] = []
        var names: Set<String> = []
        while let line = walk.next() {
            let start = bytes.skipBlanks(line.lowerBound, line.upperBound)
            guard start < line.upperBound, bytes[start] != UInt8(ascii: "#"), line.count <= CrontabLimits.line else { continue }
            guard case .assignment(let found) = AssignmentSlices.read(bytes, start..<line.upperBound) else { continue }
            let name = bytes.text(found.name)
            names.insert(name)
            guard names.count <= CrontabLimits.variables else {
                refuse(
                    line: walk.number, source: bytes.text(line), 0..<line.count,
                    "more than \(CrontabLimits.variables) variables in one table: it is refused whole")
                return false
            }
            items.append(.init(line: walk.number, assignment: Assignment(name: name, value: bytes.text(found.value))))
        }
        log = AssignmentLog(items: items)
        return true
    }

    /// Moves on to the environment below the assignment in this line.
    private mutating func takeAssignment(_ line: Range<Int>, _ number: Int) {
        endBlock()
        logCount += 1
        let item = log.items[logCount - 1].assignment
        noteScheduleInZone(item, line, number)
        var zoneName = environment.zoneName
        if item.name == "CRON_TZ" {
            zoneName = item.value.isEmpty ? nil : item.value
            zone = zone(named: item.value, line, number)
        }
        environment = CrontabEnvironment(log: log, count: logCount, zoneName: zoneName)
    }

    private mutating func zone(named name: String, _ line: Range<Int>, _ number: Int) -> Zone? {
        guard !name.isEmpty else { return options.zone }
        do {
            return try zones.zone(named: name)
        } catch {
            let place = valueRange(line)
            guard !isReplaced(number) else {
                report(
                    .warning, "\(error.message); a CRON_TZ below replaces it", place, line, number,
                    expected: "the name of a time zone", suggestion: error.suggestion)
                return nil
            }
            let whole = table.dialect.assignmentsHoldForWholeFile
            report(
                .error, "\(error.message); the entries \(whole ? "of this file" : "below") do not run", place, line, number,
                expected: "the name of a time zone", suggestion: error.suggestion)
            return nil
        }
    }

    /// Where the value of the assignment in a line stands.
    private func valueRange(_ line: Range<Int>) -> Range<Int> {
        let start = bytes.skipBlanks(line.lowerBound, line.upperBound)
        guard case .assignment(let found) = AssignmentSlices.read(bytes, start..<line.upperBound) else { return line }
        return found.value
    }

    /// Whether another `CRON_TZ` further below counts instead of the one in this line.
    private func isReplaced(_ number: Int) -> Bool {
        guard table.dialect.assignmentsHoldForWholeFile else { return false }
        return log.items.last { $0.assignment.name == "CRON_TZ" }.map { $0.line > number } ?? false
    }

    /// Where an assignment holds for the whole file, the last one of each name wins, from the first entry on.
    private mutating func assumeWholeFile() {
        guard table.dialect.assignmentsHoldForWholeFile else { return }
        let last = log.items.last { $0.assignment.name == "CRON_TZ" }
        if let last {
            // The line itself is reported when the walk comes to it.
            zone = last.assignment.value.isEmpty ? options.zone : try? zones.zone(named: last.assignment.value)
        }
        let name = last.flatMap { $0.assignment.value.isEmpty ? nil : $0.assignment.value }
        environment = CrontabEnvironment(log: log, count: log.items.count, zoneName: name)
    }

    // MARK: Lines

    private mutating func take(_ line: Range<Int>, _ number: Int) {
        let start = bytes.skipBlanks(line.lowerBound, line.upperBound)
        if start == line.upperBound {
            endBlock()
        } else if line.count > CrontabLimits.line {
            bad(line, number, "the line has \(line.count) bytes, more than \(CrontabLimits.line)", line)
            block = DirectiveBlock()
        } else if bytes[start] == UInt8(ascii: "#") {
            takeComment(start, line, number)
        } else if logCount < log.items.count, log.items[logCount].line == number {
            let held = (environment, zone)
            takeAssignment(line, number)
            if table.dialect.assignmentsHoldForWholeFile { (environment, zone) = held }
        } else {
            if entryLines == 0 { assumeWholeFile() }
            takeEntryLine(start..<line.upperBound, line, number)
        }
    }

    private mutating func takeComment(_ start: Int, _ line: Range<Int>, _ number: Int) {
        guard let text = DirectiveWords.text(bytes, start, line.upperBound) else { return noteLookalike(start, line, number) }
        guard DirectiveWords.isDirective(bytes, text) else {
            report(
                .warning, "this is a comment, not a directive: no key= follows “crond:”", text.isEmpty ? start..<line.upperBound : text,
                line, number, expected: "# crond: key=value")
            return
        }
        let words = DirectiveWords(bytes, text)
        for word in words.words {
            if word.key == DirectiveKey.dialect.rawValue, entryLines == 0 {
                takeDialect(word, line, number)
                continue
            }
            if block.firstLine == nil { block.firstLine = (number, line) }
            if word.key == DirectiveKey.dialect.rawValue {
                block.fail(in: number)
                report(.error, "dialect= must stand above the first entry", word.range, line, number)
            } else if let fault = block.take(word, zones: &zones) {
                block.fail(in: number)
                report(.error, fault.message, fault.range, line, number, suggestion: fault.suggestion)
            }
        }
        if let fault = words.fault {
            if block.firstLine == nil { block.firstLine = (number, line) }
            block.fail(in: number)
            report(.error, fault.message, fault.range, line, number, expected: "# crond: key=value")
        }
    }

    /// A comment that is nearly a directive.
    private mutating func noteLookalike(_ start: Int, _ line: Range<Int>, _ number: Int) {
        guard let head = DirectiveWords.lookalike(bytes, start, line.upperBound) else { return }
        report(
            .warning, "this is a comment, not a directive: it begins with “\(bytes.text(head))”", head, line, number,
            expected: "# crond: key=value", suggestion: "# crond:")
    }

    private mutating func takeDialect(_ word: DirectiveWords.Word, _ line: Range<Int>, _ number: Int) {
        if let dialectLine {
            dialectUnknown = true
            let place = dialectLine == number ? "here twice" : "in line \(dialectLine) already"
            report(.error, "dialect= stands \(place), so no entry of this file runs", word.range, line, number)
            return
        }
        dialectLine = number
        if let dialect = Dialect(named: word.value) { return read(as: dialect) }
        dialectUnknown = true
        let names = Dialect.all.map(\.name)
        let near = DirectiveKey.nearest(to: word.value, among: names)
        report(
            .error, "there is no dialect “\(word.value)”, so no entry of this file runs", word.valueRange, line, number,
            expected: names.joined(separator: ", "), suggestion: near)
        // Nothing runs, but faults are told as the dialect that was probably meant has them.
        if let near, let dialect = Dialect(named: near) { read(as: dialect) }
    }

    private mutating func read(as dialect: Dialect) {
        table.dialect = dialect
        hasUser = options.format == .system && dialect.hasUserColumn
    }

    /// A blank line, an assignment or the end: directives above it have no entry.
    private mutating func endBlock() {
        if let first = block.firstLine, block.faultLine == nil {
            report(
                .warning, "no entry follows this directive: it sets nothing", first.range, first.range, first.number,
                expected: "an entry in the next line")
        }
        if !block.isEmpty { block = DirectiveBlock() }
    }
}
