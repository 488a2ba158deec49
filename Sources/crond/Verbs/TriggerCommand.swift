internal import ArgumentParser
internal import CronDaemon
internal import CronExpressions
internal import CronJobs
internal import Glibc

struct TriggerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trigger", abstract: "Run a job now, though it is paused.",
        discussion: """
            The run is one of the job's: its overlap and max-running hold, and its attempts apply. Exit code 0: it starts, or waits for room; 75: \
            refused; 66: no such job. With --wait its output is followed, and the exit code is the job's: 128+n for a signal, 124 timed out, 126 \
            not launched, 75 skipped, 143 cancelled; 69 for our own failures, with `crond:` on standard error. Ctrl-C lets go of it: 130.
            """)

    @Argument(help: "Name of the job.", completion: NameCompletion.jobs)
    var job: String

    @Flag(help: "Wait for its end.")
    var wait = false

    @Flag(help: "Start it beside whatever runs: overlap, max-running and load-gate do not hold it.")
    var force = false

    @Flag(help: "With --wait: Ctrl-C ends the run, and its end is waited for; a second one lets go of it.")
    var cancelOnInterrupt = false

    @Flag(help: "One JSON object: the run, and with --wait its outcome.")
    var json = false

    @OptionGroup var service: ServiceAddress

    func validate() throws {
        if cancelOnInterrupt, !wait { throw ValidationError("--cancel-on-interrupt needs --wait") }
    }

    func run() throws {
        let request = ControlRequest.trigger(JobID(job), isForced: force)
        guard wait else {
            let run = service.steer(request)
            return Output.line(json ? JSONText.of(run) : run.visible.text)
        }
        let listener = service.listen(.events(RunWaiting.query))
        let run = service.steer(request)
        try follow(run, listener)
    }

    private func follow(_ run: SteeredRun, _ listener: ControlStream) throws {
        var isCancelled = false
        let (service, cancels) = (service, cancelOnInterrupt)
        let waiting = try RunWaiting(run, listener, path: service.configuration().socket ?? "") {
            guard cancels, !isCancelled else { return true }
            isCancelled = true
            _ = service.steer(.cancel(run.run))
            return false
        }
        // Whoever reads it may interrupt: by now that is waited for.
        if !json { Output.error(run.visible.text) }
        var printer = OutputPrinter(form: .visible)
        if !json { waiting.show = { printer.show($0) } }
        let result = try waiting.wait()
        printer.end()
        switch result {
        case .detached:
            Output.error("crond: \(run.run) goes on; to end it: crond cancel \(run.run)")
            Glibc.exit(130)
        case .lost(let refusal): Output.fail(69, VisibleText.shown(refusal.message))
        case .ended(let end): leave(run.run, end)
        }
    }

    private func leave(_ run: RunID, _ end: RunWaiting.End) -> Never {
        let code = end.outcome.exitCode
        if json {
            Output.write(JSONValue.fields(["run": run, "attempt": end.attempt, "outcome": end.outcome, "exit": code]).bytes + [10])
        } else {
            // Ours begin with crond:, and this is the run's.
            let isOurs = code == 69 && end.outcome != .failed(.exit(69))
            Output.error(
                "\(isOurs ? "crond: " : "")\(run) \(VisibleText.shown(end.outcome.description))"
                    + (end.attempt > 1 ? ", attempt \(end.attempt)" : ""))
        }
        Glibc.exit(code)
    }
}

extension ServiceAddress {
    /// What the service makes of a wish about a run; leaves with its refusal.
    func steer(_ request: ControlRequest) -> SteeredRun {
        guard case .steered(let run)? = askRunning(request).first else { Output.fail(76, "the service gave no answer") }
        return run
    }
}

extension SteeredRun {
    /// For people.
    var text: String {
        let there = host.map { " on \($0)" } ?? ""
        let paused = isPaused ? "; \(run.job.withoutHost) is paused, and this run goes on all the same" : ""
        return switch state {
        case .starts: "\(run) starts\(there)\(paused)"
        case .waits: "\(run) waits\(there) for \(Self.reasons[reason ?? ""] ?? reason ?? "room")\(paused)"
        case .ending: "\(run) was told to end\(there)"
        case .withdrawn: "\(run) will not start\(there)"
        case .passedOn where withinMs != nil:
            "\(run) goes to \(host ?? "its host"), which starts it within \((withinMs ?? 0) / 1000) s, or it is recorded as undelivered"
        case .passedOn: "\(run) runs on \(host ?? "another host"), which hears of it within 5 s"
        }
    }

    private static let reasons = [
        "overlap": "a run of its job to end", "room": "room among the service's runs (max-running)",
        "load": "the machine's load to fall (load-gate)",
    ]
}
