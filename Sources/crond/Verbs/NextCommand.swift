internal import ArgumentParser
internal import CronExpressions
internal import CronJobs
internal import Crontabs
internal import Glibc

struct NextCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "next",
        abstract: "Show the next fire times of an expression, or of every entry of a crontab file.",
        discussion: "Example: crond next '30 2 * * 1-5' -n 3 --tz Europe/Berlin")

    @Argument(help: "An expression (quote it), or a crontab file.")
    var subject: [String]

    @Option(name: .shortAndLong, parsing: .unconditional, help: "How many fire times.")
    var number: NumberText = 1

    @Option(help: "Time zone. (CROND_TZ) Default: the service's own.")
    var tz: String?

    @Option(help: "Fire times after this RFC 3339 time; default: now.")
    var after: String?

    @Option(help: "system (with a user column) or user; for files.")
    var format = TableFormat.system

    @Option(help: "vixie, cronie, supercronic, ocps, quartz or busybox.")
    var dialect = "vixie"

    @Flag(help: "One JSON object a line.")
    var json = false

    @OptionGroup var appearance: Appearance

    struct Answer: Encodable {
        var line: Int?
        var schedule: String
        var user: String?
        var command: String?
        var next: [String]
    }

    func validate() throws {
        try number.check("--number", 1...10_000)
        guard subject.contains(where: { !$0.allSatisfy(\.isWhitespace) }) else {
            throw ValidationError("expected an expression or a file\(subject.isEmpty ? "" : ", not an empty text")")
        }
    }

    func run() throws {
        let zone = Surroundings.zone(tz)
        let dialect = Surroundings.dialect(dialect)
        let start = Surroundings.instant(after)
        let text = subject.joined(separator: " ")
        if subject.count == 1, !text.hasPrefix("@"), !text.contains(" "), !text.contains("\t") {
            try showFile(text, zone: zone, dialect: dialect, after: start)
        } else {
            showExpression(text, zone: zone, dialect: dialect, after: start)
        }
    }

    private func showExpression(_ text: String, zone: Zone, dialect: Dialect, after start: Instant) {
        do {
            let expression = try CronExpression(text, dialect: dialect)
            for warning in expression.warnings { report(warning, text) }
            if text.contains("~") { sayDrawn() }
            let times = expression.schedule(in: zone).fireTimes(after: start).prefix(number.value).map { $0.rfc3339(in: zone) }
            show(Answer(schedule: expression.text, next: times))
        } catch {
            for diagnostic in error.diagnostics { report(diagnostic, text) }
            Glibc.exit(65)
        }
    }

    private func sayDrawn() {
        Output.error("crond: what stands for ~ is drawn at the start of the service: these are the times of one possible draw")
    }

    private func report(_ diagnostic: Diagnostic, _ text: String) {
        let isColored = appearance.color.isOn(for: 2)
        let shown = DiagnosticRenderer.render(diagnostic, path: "expression", line: 1, source: text, isColored: isColored)
        Output.shown(shown, to: 2)
    }

    private func showFile(_ path: String, zone: Zone, dialect: Dialect, after start: Instant) throws {
        let bytes = Output.contents(of: path)
        let crontab = Surroundings.crontab(bytes, path: path, format: format.format, zone: zone, dialect: dialect)
        for item in crontab.diagnostics { Output.shown(item.rendered(isColored: appearance.color.isOn(for: 2)), to: 2) }
        if crontab.entries.contains(where: { $0.scheduleText(in: bytes).contains("~") }) { sayDrawn() }
        for entry in crontab.entries {
            var times: [String] = []
            if let schedule = entry.timing.schedule {
                let shown = entry.zoneName.map { (try? Surroundings.zones.zone(named: $0)) ?? zone } ?? zone
                times = schedule.fireTimes(after: start).prefix(number.value).map { $0.rfc3339(in: shown) }
            }
            show(
                Answer(
                    line: entry.line, schedule: entry.scheduleText(in: bytes), user: entry.user, command: entry.command, next: times))
        }
        if crontab.hasErrors { throw ExitCode(65) }
    }

    private func show(_ answer: Answer) {
        if json { return Output.line(JSONText.of(answer)) }
        if let line = answer.line {
            Output.line("line \(line): " + [answer.schedule, answer.user, answer.command].compactMap { $0 }.joined(separator: " "))
            for time in answer.next { Output.line("  \(time)") }
            if answer.next.isEmpty { Output.line(answer.schedule == "@reboot" ? "  at the start of the service" : "  never") }
        } else {
            for time in answer.next { Output.line(time) }
            if answer.next.isEmpty { Output.error(answer.schedule == "@reboot" ? "at the start of the service" : "never") }
        }
    }
}
