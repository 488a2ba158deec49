internal import CronExpressions
internal import CronJobs

extension TableParser {
    /// A line that is no blank, comment or assignment.
    mutating func takeEntryLine(_ line: Line) {
        entryLines += 1
        guard entryLines <= CrontabLimits.entries else {
            return reports.refuse(line, "more than \(CrontabLimits.entries) entries in one table: it is refused whole")
        }
        defer { if !block.isEmpty { block = DirectiveBlock(options) } }
        noteName(line)
        let isNickname = bytes[line.text.lowerBound] == UInt8(ascii: "@") || isQuietNickname(line.text)
        let parts = isNickname ? read(line, count: nicknameWords(line.text)) : fieldParts(line)
        if let parts { accept(parts, line) }
    }

    func isQuietNickname(_ text: Range<Int>) -> Bool {
        hasUser && text.count > 1 && bytes[text.lowerBound] == UInt8(ascii: "-") && bytes[text.lowerBound + 1] == UInt8(ascii: "@")
    }

    /// Names are taken by bad lines too: they keep their last good version by them.
    private mutating func noteName(_ line: Line) {
        guard let name = block.directives.name, !names.insert(name).inserted else { return }
        reports.add(.error, LineFault("another entry of this table has the name “\(name)”", at: line.range), in: line)
        block.isRefused = true
    }

    /// Whether an entry that is good by itself may count: its dialect, zone, directives and name.
    private mutating func isAllowed(_ line: Line, _ timing: Job.Timing) -> Bool {
        if block.isEmpty, block.faultLine == nil, zone != nil, !dialectUnknown, !options.isShared { return true }
        var reasons: [String] = []
        if dialectUnknown { reasons.append("the dialect of this file is unknown (line \(dialectLine ?? 0)), so this entry does not run") }
        if zone == nil, block.directives.zone == nil {
            let place = dialect.assignmentsHoldForWholeFile ? "of this file" : "above it"
            reasons.append("the zone of this entry is unknown (CRON_TZ=\(environment.zoneName ?? "") \(place)), so it does not run")
        }
        let policies = block.directives.policies
        if options.isShared, policies.overlap.waits, policies.host == .any, !block.directives.isForWorkers {
            reasons.append(
                "overlap=queue(n) and overlap=replace look at the runs of one host, and this store is shared: write host=NAME, or host=all, "
                    + "beside it; so this entry does not run")
        }
        if let fault = block.publishingFault { reasons.append(fault) }
        if let fault = block.dispatchFault(timing, consumerTimeout: options.consumerTimeout) { reasons.append(fault) }
        if let fault = block.faultLine { reasons.append("this entry does not run, because of the directive in line \(fault)") }
        for reason in reasons { reports.add(.error, LineFault(reason, at: line.range), in: line) }
        return reasons.isEmpty && !block.isRefused
    }

    mutating func read(_ line: Line, count: Int) -> EntryParts? {
        switch EntryParts.read(bytes, line.text, count: count, hasUser: hasUser) {
        case .parts(let parts): return parts
        case .fault(let fault):
            explain(line, fault)
            return nil
        }
    }

    /// Says why a line is no entry; a line in the shape of an assignment is explained as one.
    private mutating func explain(_ line: Line, _ fault: LineFault) {
        if case .broken(let why, let range) = AssignmentSlices.read(bytes, line.text) {
            bad(line, LineFault("this is no assignment: \(why)", at: range, expected: "NAME=value or NAME=\"value\""))
        } else if let dash = dashFault(line.text) {
            bad(line, dash)
        } else if let export = exportFault(line.text) {
            bad(line, export)
        } else if !isBadNickname(line) {
            var fault = fault
            if let blank = VisibleText.strangeBlank(in: bytes.text(line.text.prefix(200))) { fault.message += ", and \(blank) is no blank" }
            bad(line, fault)
        }
    }

    // MARK: Entries

    private mutating func accept(_ found: EntryParts, _ line: Line) {
        var parts = found
        let mailsOnFailure = dialect.takesMailOption && parts.takeMailOption(bytes)
        guard !parts.command.isEmpty else {
            return bad(line, LineFault("there is no command after -n", at: parts.command, expected: "-n command"))
        }
        guard let timing = block.isEmpty ? timing(parts, line) : directedTiming(&parts, line) else { return }
        guard parts.command.count <= CrontabLimits.command else {
            let place = parts.command.lowerBound..<parts.command.lowerBound + 1
            return bad(line, LineFault("the command has \(parts.command.count) bytes, more than \(CrontabLimits.command)", at: place))
        }
        if beginsWithStar(parts) { return bad(line, starFault(parts, line)) }
        noteSixthField(parts, line)
        let text = CommandText.read(bytes, parts.command, percentIsLiteral: dialect.percentIsLiteral)
        guard !text.command.isEmpty else {
            return bad(
                line, LineFault("there is no command before the %", at: parts.command, expected: "a command; \\% is a plain %"))
        }
        guard isAllowed(line, timing) else { return badLine(line) }
        deliver(
            CrontabEntry(
                timing: timing, command: text.command, user: hasUser ? userText(parts.user) : nil, environment: environment,
                derivedHash: renderer.hash(bytes, parts), extras: extras(input: text.input),
                places: EntryPlaces(line, parts, mailsOnlyOnFailure: mailsOnFailure)))
    }

    /// What few entries have; neighbours that set the same share their policies.
    private mutating func extras(input: String?) -> CrontabEntry.Extras? {
        guard input != nil || !block.isEmpty || delay > 0 else { return nil }
        var values = block.directives.policies
        values.delay = .seconds(60 * delay)
        if block.directives.isForWorkers, values.pool == nil { values.pool = PoolName.standard }
        var policies = options.policies
        if values != policies.values {
            if values != lastPolicies.values { lastPolicies = JobPolicies(values) }
            policies = lastPolicies
        }
        return CrontabEntry.Extras(input: input, directives: block.directives, policies: policies, written: block.written)
    }

    /// What the fields or the nickname say.
    mutating func timing(_ parts: EntryParts, _ line: Line) -> Job.Timing? {
        if isReboot(parts.schedule) { return .startup }
        let isDrawn = bytes.firstIndex(of: UInt8(ascii: "~"), in: parts.schedule) != nil
        let place = isDrawn ? .unkept : schedules.place(of: parts.schedule, in: bytes, entryZone)
        if case .known(let schedule) = place { return .cron(schedule) }
        var hasWarnings = false
        let compiled = compile(parts, seed: isDrawn ? drawSeed(parts, line) : 0, &hasWarnings)
        if let compiled, !hasWarnings {
            schedules.keep(compiled, of: parts.schedule, at: place)
        } else {
            explainSchedule(parts, line, isBad: compiled == nil)
        }
        return compiled.map { .cron($0) }
    }

    private var entryZone: Zone { block.directives.zone ?? zone ?? options.zone }

    func compile(_ parts: EntryParts, seed: UInt64, _ hasWarnings: inout Bool) -> CronSchedule? {
        CronExpression.compile(
            UnsafeBufferPointer(rebasing: bytes[parts.schedule]), dialect: dialect, zone: entryZone, seed: seed, hasWarnings: &hasWarnings)
    }

    private func isReboot(_ schedule: Range<Int>) -> Bool {
        schedule.count == 7 && bytes.hasPrefix("@reboot", at: schedule.lowerBound, schedule.upperBound)
    }

    /// The user of the line before is mostly that of this one.
    private mutating func userText(_ range: Range<Int>) -> String {
        if let lastUser, bytes.equal(lastUser.range, range) { return lastUser.text }
        let text = bytes.text(range)
        lastUser = (range, text)
        return text
    }

    /// What the drawn values of a line follow from, whatever else the file holds.
    private mutating func drawSeed(_ parts: EntryParts, _ line: Line) -> UInt64 {
        var hash = FNV1a()
        switch options.draws {
        case .host(let host):
            hash.add(host)
            hash.add(UInt8(0x0A))
            hash.add(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[line.range]))
        case .seed(let seed):
            hash.add(seed)
            hash.add(UInt8(0x0B))
            if let name = block.directives.name {
                hash.add(name)
            } else {
                hash.add(renderer.hash(bytes, parts))
            }
        }
        return hash.value
    }

    private mutating func explainSchedule(_ parts: EntryParts, _ line: Line, isBad: Bool) {
        guard isBad || reports.hasRoomForWarnings else { return }
        if isBad, case .broken = AssignmentSlices.read(bytes, line.text) {
            return explain(line, LineFault("this is no schedule", at: parts.schedule, expected: "five fields"))
        }
        if isBad, let dash = dashFault(line.text) { return bad(line, dash) }
        if isBad, isEvery(parts.schedule) { return block.names(.every) ? badLine(line) : lacksEvery(parts, line) }
        if isBad, let foreign = foreignText(parts, line) { return bad(line, foreign) }
        var found: [Diagnostic] = []
        let parsed = CronExpression.parse(
            UnsafeBufferPointer(rebasing: bytes[parts.schedule]), dialect: dialect, warnings: &found)
        if case .failure(let error) = parsed { found += error.diagnostics }
        for diagnostic in found { reports.add(diagnostic, from: parts.schedule.lowerBound, in: line) }
        guard isBad else { return }
        if !found.contains(where: { $0.severity == .error }) {
            reports.add(.error, LineFault("this is no schedule", at: parts.schedule), in: line)
        }
        badLine(line)
    }
}
