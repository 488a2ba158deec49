internal import ArgumentParser
internal import CronJobs

struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Have the running service read its table again, now.",
        discussion: """
            Exit code 0: the table is in use (bad lines are counted); 65: it is refused; 66: it cannot be read. Then the last good one stays.
            """)

    @Flag(help: "One JSON object.")
    var json = false

    @OptionGroup var service: ServiceAddress

    func run() {
        let answer = TableChange.only(in: service.askRunning(.reload)), change = answer.visible
        if json { return Output.line(JSONText.of(answer)) }
        let bad = change.badLines.map { "; \($0) bad \($0 == 1 ? "line" : "lines"), see the log or crond check" } ?? ""
        Output.line(
            "revision \(change.revision.map(String.init) ?? "-"): \(change.added) added, \(change.changed) changed, "
                + "\(change.removed) removed\(bad)")
        for file in change.unread ?? [] { Output.line("not used: \(file.path) \(file.reason)") }
    }
}
