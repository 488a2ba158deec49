internal import ArgumentParser
internal import CronDaemon

struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "reload", abstract: "Have the running service read its table again, now.")

    @OptionGroup var service: ServiceAddress

    func run() {
        guard let change = service.askRunning(ControlRequest(.reload)).change else { Output.fail(76, "the service gave no answer") }
        Output.line(
            "revision \(change.revision.map(String.init) ?? "-"): \(change.added) added, \(change.changed) changed, \(change.removed) removed"
        )
    }
}
