internal import ArgumentParser
internal import CronDaemon
internal import CronExpressions
internal import CronJobs
internal import Glibc

struct CancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "End a run, on whichever replica it is, and wait for its end.",
        discussion: """
            Its processes get TERM, and KILL after its kill-after. A run that waits for its start or its next attempt does not start. Exit code 0: \
            it has ended; 66: no such run; 75: it had ended before; 130 after Ctrl-C: it ends all the same.
            """)

    @Argument(
        help: ArgumentHelp("The run, as the log, crond runs and crond status show it.", valueName: "run"),
        completion: NameCompletion.running)
    var given: String

    @Flag(name: .customLong("no-wait"), help: "Do not wait for its end.")
    var noWait = false

    @Flag(help: "One JSON object: the run and, unless --no-wait, its outcome.")
    var json = false

    @OptionGroup var service: ServiceAddress

    private var id: RunID? { RunID(given) }

    func validate() throws {
        guard id == nil else { return }
        throw ValidationError("\(given) is no run: expected JOB@…, such as nightly@1795766400, as crond status and crond runs show it")
    }

    func run() throws {
        guard let id else { return }
        let listener = noWait ? nil : service.listen(.events(RunWaiting.query))
        let steered = service.steer(.cancel(id))
        guard let listener, steered.state != .withdrawn else { return Output.line(json ? JSONText.of(steered) : steered.visible.text) }
        if !json { Output.error(steered.visible.text) }
        let waiting = try RunWaiting(steered, listener, path: service.configuration().socket ?? "")
        switch try waiting.wait() {
        case .detached:
            Output.error("crond: \(id) was told to end; its end was not waited for")
            Glibc.exit(130)
        case .lost(let refusal): Output.fail(69, VisibleText.shown(refusal.message))
        case .ended(let end): show(steered, end)
        }
    }

    private func show(_ steered: SteeredRun, _ end: RunWaiting.End) {
        if json {
            let answer = JSONValue.fields([
                "run": steered.run, "attempt": end.attempt, "outcome": end.outcome, "host": steered.host,
            ])
            return Output.write(answer.bytes + [10])
        }
        let place = steered.host.map { " on \($0)" } ?? " on another host"
        Output.line("\(steered.run) \(VisibleText.shown(end.outcome.description))\(place)")
    }
}
