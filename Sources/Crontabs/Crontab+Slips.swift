internal import CronExpressions
internal import CronJobs

// What is legal in a crontab and often a slip: habits of shells, of other crons, and of the other format. It is for `check` alone; each kind is
// said once for a file, at its first line, with how many others there are. A slip is only named where a line that means what it says is hard
// to imagine: the tables of a distribution must pass without a word.

extension Crontab {
    /// What a machine can tell about the words of a table.
    public struct Machine: Sendable {
        public var isUser: @Sendable (String) -> Bool
        /// Whether there is a program of that name, or at that path.
        public var isProgram: @Sendable (String) -> Bool

        public init(isUser: @escaping @Sendable (String) -> Bool, isProgram: @escaping @Sendable (String) -> Bool) {
            self.isUser = isUser
            self.isProgram = isProgram
        }
    }

    /// The slips of a table. `bytes` are those that it was parsed from.
    public func slips(in bytes: [UInt8], path: String, format: CrontabFormat, machine: Machine?) -> [LineDiagnostic] {
        guard !refused else { return [] }
        return bytes.withUnsafeBufferPointer { buffer in
            var search = SlipSearch(bytes: buffer, path: path)
            search.lookAtAssignments(machine)
            if !dialect.assignmentsHoldForWholeFile { search.lookAtDelays(above: entries) }
            let hasUser = format == .system && dialect.hasUserColumn
            for entry in entries { search.look(at: entry, dialect, hasUser: hasUser, machine) }
            return search.findings
        }
    }
}

private struct SlipSearch {
    enum Kind: CaseIterable {
        case reference, comment, continuation, userColumn, mailOption, tooLong, tooMuch, mail, sender, delay, zone, owner, percent, name,
            shell, export, year
    }

    /// What the kernel takes as one string of the environment, with its NUL, and as all of them beside the arguments (a quarter of 8 MiB).
    static let longest = 131_072
    static let most = 2_000_000

    let bytes: UnsafeBufferPointer<UInt8>
    let path: String
    /// Where RANDOM_DELAY is set.
    private var delays: [(line: Line, value: Range<Int>)] = []
    private var namesZone = false
    private var found: [Kind: (first: LineDiagnostic, more: Int)] = [:]

    init(bytes: UnsafeBufferPointer<UInt8>, path: String) {
        self.bytes = bytes
        self.path = path
    }

    var findings: [LineDiagnostic] {
        var list = found.values.map { item in
            var diagnostic = item.first
            if item.more > 0 {
                diagnostic.diagnostic.message += "; so \(item.more == 1 ? "is 1 other line" : "are \(item.more) other lines")"
            }
            return diagnostic
        }
        list.sort { $0.line < $1.line }
        return list
    }

    private mutating func note(_ kind: Kind, _ fault: LineFault, in line: Line) {
        if let known = found[kind] {
            found[kind] = (known.first, known.more + 1)
            return
        }
        let start = line.range.lowerBound
        let diagnostic = Diagnostic(
            severity: .warning, message: fault.message, range: fault.range, expected: fault.expected, suggestion: fault.suggestion)
        // A line may be long: a window of it is enough.
        let shown = start..<min(line.range.upperBound, max(fault.range.upperBound, start + 4_096))
        found[kind] = (
            LineDiagnostic(path: path, line: line.number, diagnostic: diagnostic.moved(by: -start), source: bytes.text(shown)), 0
        )
    }

    // MARK: Assignments

    mutating func lookAtAssignments(_ machine: Crontab.Machine?) {
        var walk = LineWalk(bytes)
        var sizes: [String: Int] = [:]
        var total = 0
        while let line = walk.next() {
            guard let item = AssignmentSlices.find(in: line, bytes) else { continue }
            let name = bytes.text(item.name)
            if name == "RANDOM_DELAY" { delays.append((line, item.value)) }
            if name == "CRON_TZ" { namesZone = true }
            let size = item.name.count + item.value.count + 2
            total += size - (sizes.updateValue(size, forKey: name) ?? 0)
            if size > Self.longest {
                let fault = LineFault(
                    "\(name) has \(size - 1) bytes: no command below can be started with it", at: item.name,
                    expected: "at most \(Self.longest - 1) bytes, the name and = included")
                note(.tooLong, fault, in: line)
            } else if total > Self.most {
                let fault = LineFault(
                    "the variables up to here have \(total) bytes: no command below can be started with them", at: item.name,
                    expected: "less than \(Self.most) bytes in all")
                note(.tooMuch, fault, in: line)
            } else {
                look(at: name, item, known: sizes, line, machine)
            }
        }
        // Whoever sets both knows what each is for.
        if namesZone { found[.zone] = nil }
    }

    /// A delay of which only `@reboot` would know, which has no fire time to be late for.
    mutating func lookAtDelays(above entries: [CrontabEntry]) {
        var rest = entries[...]
        for (index, delay) in delays.enumerated() {
            let end = index + 1 < delays.count ? delays[index + 1].line.number : .max
            let below = rest.drop { $0.line < delay.line.number }.prefix { $0.line < end }
            rest = rest[below.endIndex...]
            guard NumberText.read(bytes.text(delay.value), in: TableParser.delays) ?? 0 > 0 else { continue }
            guard !below.isEmpty, below.allSatisfy({ $0.timing.schedule == nil }) else { continue }
            let fault = LineFault(
                "RANDOM_DELAY delays nothing: only @reboot stands below it, which starts with the service", at: delay.value,
                expected: "sleep in the command, where that is meant")
            note(.delay, fault, in: delay.line)
        }
    }

    private mutating func look(
        at name: String, _ item: AssignmentSlices, known: [String: Int], _ line: Line, _ machine: Crontab.Machine?
    ) {
        let value = bytes.text(item.value)
        if let fault = item.nameSlip(bytes) { return note(.name, fault, in: line) }
        if name == "SHELL", let fault = item.shellSlip(value, machine) { return note(.shell, fault, in: line) }
        if let fault = item.exportSlip(value) { return note(.export, fault, in: line) }
        let isQuoted = item.value.lowerBound > line.range.lowerBound && bytes[item.value.lowerBound - 1].isQuote
        switch name {
        case "MAILTO" where !value.isEmpty && MailAddresses(value) == nil:
            let fault = LineFault(
                "no mail is sent to this: MAILTO takes addresses with commas between, of letters, digits and @ . _ + - = % ! :",
                at: item.value, expected: "addresses such as ops@example.org")
            return note(.mail, fault, in: line)
        case "MAILFROM" where !value.isEmpty && MailAddresses(value)?.all.count != 1:
            let fault = LineFault(
                "no mail comes from this, but from the job's user: MAILFROM takes one address, of letters, digits and @ . _ + - = % ! :",
                at: item.value, expected: "an address such as cron@example.org, without a name beside it")
            return note(.sender, fault, in: line)
        case "RANDOM_DELAY" where !value.isEmpty && NumberText.read(value, in: TableParser.delays) == nil:
            let fault = LineFault("RANDOM_DELAY delays nothing: this is no number of minutes", at: item.value, expected: "0 to 1440")
            return note(.delay, fault, in: line)
        case "TZ" where !value.utf8.contains(where: \.isBlank):
            let what = value.isEmpty ? "TZ is only handed on to the jobs, and empty it is UTC" : "TZ is only handed on to the jobs"
            let fault = LineFault(
                "\(what): no schedule goes by it", at: item.name,
                expected: "CRON_TZ=\(value.isEmpty ? "UTC" : value) where the times of the schedules are meant, too")
            return note(.zone, fault, in: line)
        case "LOGNAME", "USER":
            let fault = LineFault(
                "no table can set \(name): a job finds the name of the user that it runs as", at: item.name,
                expected: "another name for the variable")
            return note(.owner, fault, in: line)
        default: break
        }
        if !isQuoted, let comment = Self.comment(in: item.value, bytes) {
            let kept = bytes.text(line.range.lowerBound..<bytes.trimBlanks(line.range.lowerBound, comment))
            let place = comment..<item.value.upperBound
            let fault = LineFault(
                "there are no comments at the end of a line: “\(bytes.text(place).prefix(40))” is part of the value", at: place,
                expected: "the comment in a line of its own", suggestion: kept)
            note(.comment, fault, in: line)
        } else if endsInBackslash(item.value) {
            noteContinuation(item.value, line, "value")
        }
        if let reference = Self.reference(in: value, known: known, isPath: name.hasSuffix("PATH") || name == "HOME") {
            let fault = LineFault(
                "nothing is expanded in an assignment: \(name) gets “\(reference)” as it stands", at: item.value,
                expected: name == "PATH" ? "all folders, written out" : "the value, written out")
            note(.reference, fault, in: line)
        }
    }

    /// Where ` # text` begins in an unquoted value. A value that begins with it may be a colour, which has no blanks.
    private static func comment(in value: Range<Int>, _ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var at = value.lowerBound
        if at + 1 < value.upperBound, bytes[at] == UInt8(ascii: "#") {
            if bytes[at + 1].isBlank || bytes[at - 1].isBlank && bytes[value].contains(where: \.isBlank) { return at }
            at += 1
        }
        while let hash = bytes.firstIndex(of: UInt8(ascii: "#"), in: at..<value.upperBound) {
            if hash > value.lowerBound, bytes[hash - 1].isBlank { return hash }
            at = hash + 1
        }
        return nil
    }

    /// The first `$NAME`, `${NAME}`, `$(…)`, text in backticks, `~/` or `~NAME` that a shell would expand. A name in lower case is one only if the table assigns it: a
    /// password may hold any characters.
    private static func reference(in value: String, known: [String: Int], isPath: Bool) -> String? {
        if isPath {
            for part in value.split(separator: ":") where part.hasPrefix("~") && isHome(part.utf8.dropFirst()) { return String(part) }
        }
        let text = Array(value.utf8)
        if let start = text.firstIndex(of: UInt8(ascii: "`")), let end = text[(start + 1)...].firstIndex(of: UInt8(ascii: "`")),
            end > start + 1
        {
            return String(decoding: text[start...end], as: UTF8.self)
        }
        for at in text.indices.dropLast() where text[at] == UInt8(ascii: "$") {
            let next = text[at + 1]
            let isBraced = next == UInt8(ascii: "{")
            if next == UInt8(ascii: "("), let close = text[at...].firstIndex(of: UInt8(ascii: ")")) {
                return String(decoding: text[at...close], as: UTF8.self)
            }
            let name = text[(at + (isBraced ? 2 : 1))...].prefix { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") }
            guard let first = name.first, !first.isDigit else { continue }
            if isBraced, name.endIndex < text.endIndex, text[name.endIndex] == UInt8(ascii: "}") {
                return String(decoding: text[at...name.endIndex], as: UTF8.self)
            }
            let word = String(decoding: name, as: UTF8.self)
            let isVariable = name.count > 1 && name.allSatisfy { !$0.isLetter || $0 < 0x61 }
            if isVariable || known[word] != nil { return "$" + word }
        }
        return nil
    }

    /// What follows a `~`: nothing, or the name of a user, up to a slash.
    private static func isHome(_ text: Substring.UTF8View) -> Bool {
        text.prefix { $0 != UInt8(ascii: "/") }.allSatisfy {
            $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
    }

    // MARK: Entries

    mutating func look(at entry: CrontabEntry, _ dialect: Dialect, hasUser: Bool, _ machine: Crontab.Machine?) {
        guard entry.places.fit(bytes) else { return }
        let line = entry.places.line, command = entry.places.command
        let text = command.lowerBound..<bytes.trimBlanks(command.lowerBound, command.upperBound)
        if endsInBackslash(text) { noteContinuation(text, line, "command") }
        if !dialect.percentIsLiteral, let percent = percent(in: command) {
            let fault = LineFault(
                "this % ends the command: what follows is its standard input", at: percent..<percent + 1,
                expected: "\\% for a plain %", suggestion: "\\%")
            note(.percent, fault, in: line)
        }
        let word = command.lowerBound..<bytes.skipWord(command.lowerBound, command.upperBound)
        let rest = bytes.skipBlanks(word.upperBound, command.upperBound)
        guard rest < command.upperBound else { return }
        if !dialect.takesMailOption, word.count == 2, bytes.hasPrefix("-n", at: word.lowerBound, word.upperBound) {
            let fault = LineFault(
                "“-n” is read as the command: only cronie knows it", at: word,
                expected: "the command without it, or # crond: dialect=cronie above the first entry")
            note(.mailOption, fault, in: line)
        }
        let name = bytes.text(word.prefix(64))
        if hasUser, let year = entry.user.flatMap({ UInt32($0) }), (1970...2199).contains(year), Self.isUser(name, machine) {
            let fault = LineFault(
                "“\(year)” is read as the user and “\(name)” as the command: there is no column for a year here",
                at: entry.userRange ?? word, expected: "five fields, the user and the command")
            note(.year, fault, in: line)
        }
        if !hasUser, Self.isUser(name, machine) {
            let fault = LineFault(
                "“\(name)” is read as the command: there is no user column here", at: word,
                expected: dialect.hasUserColumn ? "the command, or --format system if this is a system table" : "the command")
            note(.userColumn, fault, in: line)
        }
    }

    /// The `%` behind which the standard input begins, where the command before it cannot be meant: something in it is left open, or the
    /// format of a `date` is.
    private func percent(in command: Range<Int>) -> Int? {
        var at = command.lowerBound
        while let percent = bytes.firstIndex(of: UInt8(ascii: "%"), in: at..<command.upperBound) {
            at = percent + 1
            if percent > command.lowerBound, bytes[percent - 1] == UInt8(ascii: "\\") { continue }
            var start = percent
            while start > command.lowerBound, !bytes[start - 1].isBlank { start -= 1 }
            if bytes[start].isQuote { start += 1 }
            let isClosed = bytes[start..<percent].contains { $0 == UInt8(ascii: ")") || $0 == UInt8(ascii: "`") }
            if bytes[start] == UInt8(ascii: "+"), !isClosed { return percent }
            return OpenShellText(bytes[command.lowerBound..<percent]).isOpen ? percent : nil
        }
        return nil
    }

    /// A word that is more likely a user than a program.
    private static func isUser(_ name: String, _ machine: Crontab.Machine?) -> Bool {
        if let colon = name.firstIndex(of: ":") { return isUser(String(name[..<colon]), machine) }
        if ["root", "www-data", "nobody", "daemon"].contains(name) { return true }
        guard let machine, !name.utf8.allSatisfy(\.isDigit), !name.contains("/") else { return false }
        return machine.isUser(name) && !machine.isProgram(name)
    }

    // MARK: Lines that should go on

    /// An odd number of them: two stand for one.
    private func endsInBackslash(_ text: Range<Int>) -> Bool {
        bytes[text].reversed().prefix { $0 == UInt8(ascii: "\\") }.count % 2 == 1
    }

    private mutating func noteContinuation(_ text: Range<Int>, _ line: Line, _ what: String) {
        let fault = LineFault(
            "a line does not go on in the next one: the \\ is part of the \(what)", at: text.upperBound - 1..<text.upperBound,
            expected: "all of it in one line, or in a script")
        note(.continuation, fault, in: line)
    }
}
