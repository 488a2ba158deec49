internal import CronExpressions

extension TableParser {
    /// A line that is no blank, comment or assignment. `text` begins at its first character that is no blank.
    mutating func takeEntryLine(_ text: Range<Int>, _ line: Range<Int>, _ number: Int) {
        entryLines += 1
        guard entryLines <= CrontabLimits.entries else {
            refuse(
                line: number, source: bytes.text(line), 0..<line.count,
                "more than \(CrontabLimits.entries) entries in one table: it is refused whole")
            return
        }
        defer { if !block.isEmpty { block = DirectiveBlock() } }
        noteName(line, number)
        let parts: EntryParts
        if text.isEmpty || bytes[text.lowerBound] == UInt8(ascii: "@") || isQuietNickname(text) {
            guard let found = read(text, line, number, count: nicknameWords(text)) else { return }
            parts = found
        } else {
            guard let found = fieldParts(text, line, number) else { return }
            parts = found
        }
        accept(parts, line, number)
    }

    func isQuietNickname(_ text: Range<Int>) -> Bool {
        hasUser && text.count > 1 && bytes[text.lowerBound] == UInt8(ascii: "-") && bytes[text.lowerBound + 1] == UInt8(ascii: "@")
    }

    /// Names are taken by bad lines too: they keep their last good version by them.
    private mutating func noteName(_ line: Range<Int>, _ number: Int) {
        guard let name = block.directives.name, !names.insert(name).inserted else { return }
        report(.error, "another entry of this table has the name “\(name)”", line, line, number)
        block.isRefused = true
    }

    /// Whether an entry that is good by itself may count: its dialect, zone, directives and name.
    private mutating func isAllowed(_ line: Range<Int>, _ number: Int) -> Bool {
        var reasons: [String] = []
        if dialectUnknown { reasons.append("the dialect of this file is unknown (line \(dialectLine ?? 0)), so this entry does not run") }
        if zone == nil, block.zone == nil {
            let place = table.dialect.assignmentsHoldForWholeFile ? "of this file" : "above it"
            reasons.append("the zone of this entry is unknown (CRON_TZ=\(environment.zoneName ?? "") \(place)), so it does not run")
        }
        if let fault = block.faultLine { reasons.append("this entry does not run, because of the directive in line \(fault)") }
        for reason in reasons { report(.error, reason, line, line, number) }
        return reasons.isEmpty && !block.isRefused
    }

    mutating func read(_ text: Range<Int>, _ line: Range<Int>, _ number: Int, count: Int) -> EntryParts? {
        switch EntryParts.read(bytes, text, count: count, hasUser: hasUser) {
        case .parts(let parts): return parts
        case .fault(let fault):
            explain(text, line, number, fault)
            return nil
        }
    }

    /// Says why a line is no entry; a line in the shape of an assignment is explained as one.
    private mutating func explain(_ text: Range<Int>, _ line: Range<Int>, _ number: Int, _ fault: EntryParts.Fault) {
        if case .broken(let why, let range) = AssignmentSlices.read(bytes, text) {
            bad(line, number, "this is no assignment: \(why)", range, expected: "NAME=value or NAME=\"value\"")
        } else if let dash = dashFault(text) {
            bad(line, number, dash)
        } else if !isBadNickname(text, line, number) {
            let blank = VisibleText.strangeBlank(in: bytes.text(text.prefix(200)))
            let message = fault.message + (blank.map { ", and \($0) is no blank" } ?? "")
            bad(line, number, message, fault.range, expected: fault.expected)
        }
    }

    func compile(_ parts: EntryParts, seed: UInt64, _ hasWarnings: inout Bool) -> CronSchedule? {
        CronExpression.compile(
            UnsafeBufferPointer(rebasing: bytes[parts.schedule]), dialect: table.dialect, zone: block.zone ?? zone ?? options.zone,
            seed: seed, hasWarnings: &hasWarnings)
    }

    // MARK: Entries

    private mutating func accept(_ found: EntryParts, _ line: Range<Int>, _ number: Int) {
        var parts = found
        let mailsOnFailure = table.dialect.takesMailOption && parts.takeMailOption(bytes)
        guard !parts.command.isEmpty else {
            bad(line, number, "there is no command after -n", parts.command, expected: "-n command")
            return
        }
        guard let timing = block.isEmpty ? timing(parts, line, number) : directedTiming(&parts, line, number) else { return }
        guard parts.command.count <= CrontabLimits.command else {
            bad(
                line, number, "the command has \(parts.command.count) bytes, more than \(CrontabLimits.command)",
                parts.command.lowerBound..<parts.command.lowerBound + 1)
            return
        }
        if beginsWithStar(parts) { return bad(line, number, starFault(parts, line)) }
        noteSixthField(parts, line, number)
        let text = CommandText.read(bytes, parts.command, percentIsLiteral: table.dialect.percentIsLiteral)
        guard !text.command.isEmpty else {
            bad(line, number, "there is no command before the %", parts.command, expected: "a command; \\% is a plain %")
            return
        }
        guard isAllowed(line, number) else {
            badLine(line, number)
            return
        }
        let extras =
            text.input == nil && block.isEmpty
            ? nil : CrontabEntry.Extras(input: text.input, directives: block.directives)
        deliver(
            CrontabEntry(
                timing: timing, command: text.command, user: hasUser ? userText(parts.user) : nil, environment: environment,
                derivedHash: renderer.hash(bytes, parts), extras: extras, scheduleStart: UInt32(clamping: parts.schedule.lowerBound),
                scheduleLength: UInt32(clamping: parts.schedule.count), lineNumber: Int32(clamping: number), quiet: parts.quiet,
                mailsOnlyOnFailure: mailsOnFailure))
    }

    /// What the fields or the nickname say.
    mutating func timing(_ parts: EntryParts, _ line: Range<Int>, _ number: Int) -> CrontabEntry.Timing? {
        if isReboot(parts.schedule) { return .startup }
        var hasWarnings = false
        let seed = bytes.firstIndex(of: UInt8(ascii: "~"), in: parts.schedule) == nil ? 0 : drawSeed(parts, line)
        let compiled = compile(parts, seed: seed, &hasWarnings)
        if compiled == nil || hasWarnings { explainSchedule(parts, line, number, isBad: compiled == nil) }
        return compiled.map { .cron($0) }
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
    private mutating func drawSeed(_ parts: EntryParts, _ line: Range<Int>) -> UInt64 {
        var hash = DrawHash()
        switch options.draws {
        case .host(let host):
            hash.add(host.utf8)
            hash.add(0x0A)
            hash.add(bytes[line])
        case .seed(let seed):
            hash.add(seed.utf8)
            hash.add(0x0B)
            if let name = block.directives.name {
                hash.add(name.utf8)
            } else {
                withUnsafeBytes(of: renderer.hash(bytes, parts).littleEndian) { hash.add($0) }
            }
        }
        return hash.value
    }

    private mutating func explainSchedule(_ parts: EntryParts, _ line: Range<Int>, _ number: Int, isBad: Bool) {
        guard isBad || warnings < CrontabLimits.warnings else { return }
        let text = bytes.skipBlanks(line.lowerBound, line.upperBound)..<line.upperBound
        if isBad, case .broken = AssignmentSlices.read(bytes, text) {
            explain(text, line, number, .init(message: "this is no schedule", range: parts.schedule, expected: "five fields"))
            return
        }
        if isBad, let dash = dashFault(text) { return bad(line, number, dash) }
        if isBad, isEvery(parts.schedule) { return lacksEvery(parts, line, number) }
        if isBad, let foreign = foreignText(parts, line) {
            bad(line, number, foreign)
            return
        }
        var found: [Diagnostic] = []
        let parsed = CronExpression.parse(
            UnsafeBufferPointer(rebasing: bytes[parts.schedule]), dialect: table.dialect, warnings: &found)
        if case .failure(let error) = parsed { found += error.diagnostics }
        let shift = parts.schedule.lowerBound - line.lowerBound
        for diagnostic in found {
            if diagnostic.severity == .warning, !mayWarn() { continue }
            var shifted = diagnostic
            shifted.range = diagnostic.range.lowerBound + shift..<diagnostic.range.upperBound + shift
            add(shifted, line, number)
        }
        guard isBad else { return }
        if !found.contains(where: { $0.severity == .error }) {
            report(.error, "this is no schedule", parts.schedule, line, number)
        }
        badLine(line, number)
    }
}
