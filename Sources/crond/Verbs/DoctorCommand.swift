internal import ArgumentParser
internal import CronDaemon
internal import CronExpressions
internal import CronJobs
internal import CronTables

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look at all that a service needs here: each line is ok, or says what to do.",
        discussion: """
            About the running service or, where none runs, about a start of one with these settings, as this user. It changes nothing. Exit code \
            0: nothing to do; 1: something to do; 78: a setting that cannot be used; 75: something did not answer within 60 s.
            """)

    @Argument(help: "Crontab files; default /etc/crontab and /etc/cron.d/*. (CROND_TABLE, separated by colons)")
    var files: [String] = []

    @Option(help: "system (with a user column) or user. (CROND_FORMAT) Default: system.")
    var format: TableFormat?

    @OptionGroup var service: ServiceAddress

    @Option(help: "sqlite:PATH, memory: or redis://HOST. (CROND_STORE, CROND_STORE_FILE)")
    var store: String?

    @Flag(help: "One JSON object a line.")
    var json = false

    @OptionGroup var appearance: Appearance

    func run() throws {
        TimeLimit.end(
            after: .seconds(60), 75, "something does not answer within 60 s: what comes next above is the last that was looked at")
        var hasTodo = false
        let isColored = appearance.color.isOn()
        Doctor(configured()).examine { finding in
            if finding.verdict == .todo { hasTodo = true }
            Output.write(Array((json ? JSONText.of(finding) : Self.text(finding.visible, isColored)).utf8) + [10])
        }
        if hasTodo { throw ExitCode(1) }
    }

    private func configured() -> Configuration {
        do {
            var configuration = try RunCommand.configured(files: files, format: format, service: service, store: store)
            configuration.socket = try service.configured().socket
            return configuration
        } catch {
            Output.fail(78, "\(error)")
        }
    }

    private static func text(_ finding: Finding, _ isColored: Bool) -> String {
        let (word, color) =
            switch finding.verdict {
            case .ok: ("ok", "32")
            case .todo: ("to do", "31")
            case .unknown: ("?", "33")
            }
        let mark = word + String(repeating: " ", count: 5 - word.count)
        let what = finding.what + String(repeating: " ", count: max(0, 12 - finding.what.count))
        let remedy = finding.remedy.map { "\n                    -> \($0)" } ?? ""
        return "\(isColored ? "\u{1B}[\(color)m\(mark)\u{1B}[0m" : mark)  \(what) \(finding.text)\(remedy)"
    }
}
