internal import ArgumentParser
internal import CronExpressions
internal import Crontabs
internal import Glibc

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say in words what an expression means, when it fires next and what to look out for, or what a crontab's lines mean.",
        discussion: """
            Examples: crond explain '*/15 9-17 * * MON-FRI' --tz Europe/Berlin
                      crond explain /etc/crontab
            """)

    @Argument(help: "An expression (quote it), or a crontab file; - is standard input.")
    var expression: [String]

    @Option(help: "Time zone. (CROND_TZ) Default: the service's own.")
    var tz: String?

    @Option(help: "Fire times and advice after this RFC 3339 time; default: now.")
    var after: String?

    @Option(name: .shortAndLong, parsing: .unconditional, help: "How many fire times.")
    var number: NumberText = 5

    @Option(help: "vixie, cronie, supercronic, ocps, quartz or busybox.")
    var dialect = "vixie"

    @Option(help: "system (with a user column) or user; for files.")
    var format = TableFormat.system

    @Flag(help: "One JSON object on one line; for a file one for each entry.")
    var json = false

    @OptionGroup var shown: ShownLanguage
    @OptionGroup var appearance: Appearance

    struct Answer: Encodable {
        struct Time: Encodable {
            var local: String
            var utc: String
        }
        struct Item: Encodable {
            var severity: String
            var column: Int
            var message: String
            var expected: String?
            var write: String?
        }
        var schedule: String
        var dialect: String
        var zone: String
        var meaning: String
        var drawn: Bool
        var next: [Time]
        var advice: [Item]
    }

    func validate() throws {
        try number.check("--number", 0...10_000)
        guard !expression.isEmpty else { throw ValidationError("expected an expression") }
    }

    func run() throws {
        let zone = Surroundings.zone(tz)
        let dialect = Surroundings.dialect(dialect)
        let start = Surroundings.instant(after)
        let language = shown.language
        let text = expression.joined(separator: " ")
        if isFile(text) { return try explainFile(text, zone, dialect, language) }
        do {
            let expression = try CronExpression(text, dialect: dialect)
            let explanation = Explanation(of: expression, in: zone, after: start, count: number.value, language: language)
            if json {
                Output.line(JSONText.of(Answer(expression, explanation, text, zone)))
            } else {
                show(explanation, expression, text, zone, language)
            }
        } catch {
            for diagnostic in error.diagnostics { Output.shown(render(diagnostic, text, language, for: 2), to: 2) }
            Glibc.exit(65)
        }
    }

    // MARK: A file

    struct Line: Encodable {
        var line: Int
        var schedule: String
        var user: String?
        var command: String
        var meaning: String?
    }

    /// No expression is one word, but for `@daily` and its like.
    private func isFile(_ text: String) -> Bool {
        guard expression.count == 1, !text.hasPrefix("@"), !text.contains(where: \.isWhitespace) else { return false }
        return text == "-" || TimeLimit.asking(text) { access(text, F_OK) == 0 }
    }

    private func explainFile(_ path: String, _ zone: Zone, _ dialect: Dialect, _ language: ExplanationLanguage) throws {
        let bytes = Output.contents(of: path)
        let crontab = Surroundings.crontab(bytes, path: path, format: format.format, zone: zone, dialect: dialect)
        for item in crontab.diagnostics { Output.shown(item.rendered(isColored: appearance.color.isOn(for: 2)), to: 2) }
        let meanings = EntryMeanings(bytes, format: format.format, dialect: dialect, zone: zone, path: path, in: language)
        for entry in crontab.entries {
            let line = Line(
                line: entry.line, schedule: entry.scheduleText(in: bytes), user: entry.user, command: entry.command,
                meaning: meanings[entry.line])
            if json {
                Output.line(JSONText.of(line))
            } else {
                Output.line("line \(line.line): " + [line.schedule, line.user, line.command].compactMap { $0 }.joined(separator: " "))
                Output.line("  " + (line.meaning ?? "-"))
            }
        }
        if crontab.hasErrors { throw ExitCode(65) }
    }

    // MARK: An expression

    private func render(_ diagnostic: Diagnostic, _ text: String, _ language: ExplanationLanguage, for descriptor: Int32 = 1) -> String {
        DiagnosticRenderer.render(
            diagnostic, path: "expression", line: 1, source: text, language: language, isColored: appearance.color.isOn(for: descriptor))
    }

    private func show(
        _ explanation: Explanation, _ expression: CronExpression, _ text: String, _ zone: Zone, _ language: ExplanationLanguage
    ) {
        Output.line(explanation.meaning)
        if !explanation.times.isEmpty {
            let local = explanation.times.map { $0.rfc3339(in: zone) }
            let width = max(zone.identifier.count, local.map(\.count).max() ?? 0)
            let pad = { (text: String) in text + String(repeating: " ", count: max(0, width - text.count)) }
            Output.line("\n  " + pad(zone.identifier) + "  UTC")
            for (shown, time) in zip(local, explanation.times) { Output.line("  " + pad(shown) + "  " + time.rfc3339UTC()) }
        }
        for diagnostic in explanation.advice { Output.write(Array(("\n" + render(diagnostic, text, language)).utf8)) }
    }
}

extension ExplainCommand.Answer {
    init(_ expression: CronExpression, _ explanation: Explanation, _ text: String, _ zone: Zone) {
        self.init(
            schedule: expression.text, dialect: expression.dialect.name, zone: zone.identifier, meaning: explanation.meaning,
            drawn: explanation.hasDraw, next: explanation.times.map { Time(local: $0.rfc3339(in: zone), utc: $0.rfc3339UTC()) },
            advice: explanation.advice.map {
                Item(
                    severity: $0.severity.rawValue,
                    column: String(decoding: text.utf8.prefix($0.range.lowerBound), as: UTF8.self).count + 1, message: $0.message,
                    expected: $0.expected, write: $0.suggestion)
            })
    }
}
