internal import ArgumentParser
internal import CronExpressions
internal import CronJobs

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show all about a run, or a job's newest run: times, outcome, who ran it, its environment.",
        discussion: """
            Through the running service or, with none, from the store, which knows no environments. Secrets in the environment are masked \
            (CROND_REDACT).
            """)

    @Argument(
        help: ArgumentHelp("A run such as nightly@1700000000, or a job.", valueName: "run|job"), completion: NameCompletion.jobsAndRuns)
    var subject: String

    @Option(parsing: .unconditional, help: "Which attempt. Default: the last.")
    var attempt: NumberText?

    @Flag(help: "One JSON object.")
    var json = false

    @OptionGroup var service: ServiceAddress
    @OptionGroup var place: StoreAddress
    @OptionGroup var appearance: Appearance
    @OptionGroup var zone: ShownZone

    func validate() throws {
        try attempt?.check("--attempt", 1...100_000)
    }

    func run() throws {
        let answer = service.askOrRead(.run(RunChoice(subject, attempt: attempt?.value)), place)
        guard case .detail(let detail)? = answer.first else { Output.fail(76, "the service gave no answer") }
        if json { return Output.line(JSONText.of(detail)) }
        var table = TextTable([.init(""), .init("")])
        for (name, text) in lines(detail.visible) { table.add([.init(name, .dim), .init(text)]) }
        table.show(appearance)
        guard let environment = detail.visible.environment else { return }
        Output.line(detail.environmentOf == .run ? "environment" : "environment, as the job would get it now")
        for line in environment { Output.line("  \(line)") }
    }

    private func lines(_ detail: RunDetail) -> [(String, String)] {
        let run = detail.run, clock = zone.clock
        func time(_ time: WallTime) -> String { clock.full(time.instant) }
        var lines = [
            ("run", "\(run.run)"), ("attempt", "\(run.attempt)\(run.fence.map { ", fence \($0)" } ?? "")"),
            ("trigger", run.trigger.rawValue),
        ]
        if let by = run.by { lines.append(("asked by", "\(by)")) }
        if let by = run.cancelledBy { lines.append(("cancelled by", "\(by)" + (run.cancelAskedAt.map { ", \(time($0))" } ?? ""))) }
        if let fireTime = run.run.occasion.fireTime {
            let others = run.count > 1 ? ", for \(run.count) fire times from \(clock.full(run.first))" : ""
            lines.append(("fire time", clock.full(fireTime) + others))
        }
        lines.append(("claimed", time(run.claimedAt)))
        if let pool = run.pool { lines.append(("waits for", "a worker of pool \(pool)")) }
        if let started = run.startedAt {
            lines.append(("started", time(started) + (detail.lateMs.map { ", \(SpanText.of(.milliseconds($0))) late" } ?? "")))
        }
        if let finished = run.finishedAt {
            let length = run.startedAt.map { ", after \(SpanText.of(finished - $0))" } ?? ""
            lines.append(("finished", time(finished) + length))
        }
        let end = run.isEndedWithService && run.startedAt != nil ? ", when the service ended" : ""
        lines.append(("outcome", run.outcome.map { "\($0)\(end)" } ?? (run.startedAt == nil ? "not started yet" : "runs")))
        if let user = run.userMs, let system = run.systemMs {
            let parts = [user, system].map { SpanText.of(.milliseconds($0)) }
            lines.append(("processor", "\(parts[0]) user, \(parts[1]) system"))
        }
        let owner = [run.host, run.pid.map { "pid \($0)" }].compactMap { $0 }.joined(separator: ", ")
        if !owner.isEmpty { lines.append(("ran at", owner)) }
        if let kept = detail.kept {
            let rest = detail.dropped.map { $0 > 0 ? ", \($0) more are not" : "" } ?? ", the end of more"
            lines.append(("output", "\(Count.of(kept, "byte")) kept\(rest): crond logs \(run.run)"))
        }
        return lines
    }
}
