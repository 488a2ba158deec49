internal import ArgumentParser
internal import CronDaemon
internal import CronExpressions
internal import CronJobs
internal import Glibc

struct PublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "Send a message to the service's broker, now.",
        discussion: """
            It is something that runs once, with an outcome in the history. Exit code 0: the broker confirmed it; 69: it was not delivered, or \
            nobody knows; 75 or 69: the service could not take it. Examples:
              crond publish notices nightly --body '{"kind": "test"}'
              crond publish '' my-queue --body @message.json
            """)

    @Argument(help: "The exchange; '' is the default one, whose keys are names of queues.")
    var exchange: String
    @Argument(help: "The routing key; '' is none.")
    var key: String
    @Option(help: ArgumentHelp("The message: a text, @FILE, or @- for standard input. Default: empty.", valueName: "text"))
    var body: String?
    @Flag(help: "Do not wait for the broker's confirm.")
    var noWait = false
    @Flag(help: "One JSON object: the run and, unless --no-wait, its outcome.")
    var json = false
    @OptionGroup var service: ServiceAddress

    func validate() throws {
        if exchange.isEmpty, key.isEmpty { throw ValidationError("the default exchange takes the name of a queue as its key") }
    }

    func run() throws {
        let publication = Publication(
            exchange: exchange.isEmpty ? nil : exchange, key: key.isEmpty ? nil : key, content: MessageBody.content(body))
        let listener = noWait ? nil : service.listen(.events(RunWaiting.query))
        guard case .once(let once)? = service.askRunning(.at(OnceRequest(time: "now", command: "", publication: publication))).first else {
            Output.fail(76, "the service gave no answer")
        }
        let run = RunID(job: once.id, .scheduled(once.time))
        guard let listener else { return Output.line(json ? JSONText.of(JSONValue.fields(["run": run])) : "\(run) is sent now") }
        try follow(run, listener, until: once.startBy)
    }

    private func follow(_ run: RunID, _ listener: ControlStream, until end: Instant?) throws {
        var reason: String?
        let waiting = try RunWaiting(
            SteeredRun(run: run, state: .starts), listener, path: service.configuration().socket ?? "",
            tell: { reason = $0.reason ?? reason })
        waiting.lasts = { sayWaiting(run, until: end) }
        switch try waiting.wait() {
        case .detached:
            Output.error("crond: what becomes of \(run) was not waited for: crond show \(run)")
            Glibc.exit(130)
        case .lost(let refusal): Output.fail(69, VisibleText.shown(refusal.message))
        case .ended(let end): leave(run, end, reason)
        }
    }

    /// What it waits for, and for how long: the service knows why its broker takes nothing.
    private func sayWaiting(_ run: RunID, until end: Instant?) {
        guard let path = service.configuration().socket, let answer = try? ControlClient.ask(.service, at: path, within: .seconds(2)),
            case .service(let service)? = answer.first
        else { return }
        let clock = ClockText(zone: Surroundings.ownZone, now: Surroundings.time(ahead: service.clockDifference))
        let limit = end.map { ", until \(clock.near($0))" } ?? ""
        let reason = service.degraded.first { $0.hasPrefix("broker: ") }.map { " (\($0))" } ?? ""
        Output.error("crond: \(run) waits for the broker's confirm" + limit + VisibleText.shown(reason))
    }

    private func leave(_ run: RunID, _ end: RunWaiting.End, _ reason: String?) -> Never {
        let code = end.outcome.exitCode, words = reason.map { ": \($0)" } ?? ""
        if json {
            Output.write(JSONValue.fields(["run": run, "outcome": end.outcome, "reason": reason, "exit": code]).bytes + [10])
        } else if code == 0 {
            Output.line("\(run) was confirmed by the broker")
        } else {
            Output.error("crond: \(run) \(VisibleText.shown(end.outcome.description + words))")
        }
        Glibc.exit(code)
    }
}
