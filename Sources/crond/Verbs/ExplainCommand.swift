internal import ArgumentParser
internal import CronExpressions
internal import Glibc

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say in words what an expression means, when it fires next, and what to look out for.",
        discussion: "Example: crond explain '*/15 9-17 * * MON-FRI' --tz Europe/Berlin")

    @Argument(help: "An expression (quote it).")
    var expression: [String]

    @Option(help: "Time zone; default: the service's own.")
    var tz: String?

    @Option(help: "en or zh: the language of the answer.")
    var lang = "en"

    @Option(help: "Fire times and advice after this RFC 3339 time; default: now.")
    var after: String?

    @Option(name: .shortAndLong, help: "How many fire times.")
    var number = 5

    @Option(help: "vixie, cronie, supercronic, ocps, quartz or busybox.")
    var dialect = "vixie"

    @Flag(help: "One JSON object on one line.")
    var json = false

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
        guard (0...10_000).contains(number) else { throw ValidationError("--number: expected 0 to 10000") }
        guard !expression.isEmpty else { throw ValidationError("expected an expression") }
        guard ExplanationLanguage(rawValue: lang) != nil else { throw ValidationError("--lang: expected en or zh") }
    }

    func run() {
        let zone = Surroundings.zone(tz)
        let dialect = Surroundings.dialect(dialect)
        let start = Surroundings.instant(after)
        let language = ExplanationLanguage(rawValue: lang) ?? .english
        let text = expression.joined(separator: " ")
        do {
            let expression = try CronExpression(text, dialect: dialect)
            let explanation = Explanation(of: expression, in: zone, after: start, count: number, language: language)
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
