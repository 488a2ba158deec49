internal import ArgumentParser
internal import CronExpressions
internal import CronJobs

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what the running service is doing.",
        discussion: """
            With --check, for health checks and probes: exit code 0 where the service answers and its store works, else 1 and why, within 2 s. \
            --check=strict wants a service that is not degraded, too.
            """)

    @OptionGroup var service: ServiceAddress

    @Flag(help: "One JSON object.")
    var json = false

    // A text: the parser takes a value that it cannot read for none, and 0 would say that all is well.
    @Option(
        defaultAsFlag: "works", help: "Only whether it works: 0 or 1, within 2 s; =strict also not degraded.",
        completion: .list(HealthCheck.allCases.map(\.rawValue)))
    var check: String?

    @OptionGroup var shown: ShownZone

    @OptionGroup var appearance: Appearance

    /// The parser passes over the value of an option that may do without where another option follows: `--check=strict` goes last.
    static func ordered(_ words: [String]) -> [String] {
        words.filter { !$0.hasPrefix("--check=") } + words.filter { $0.hasPrefix("--check=") }
    }

    func validate() throws {
        if let check, HealthCheck(rawValue: check) == nil { throw ValidationError("--check=\(check): expected --check or --check=strict") }
    }

    func run() {
        if let check = check.flatMap(HealthCheck.init) { check.run(service, json: json) }
        guard case .service(let answer)? = service.askRunning(.service).first else { Output.fail(76, "the service gave no status") }
        if json { return Output.line(JSONText.of(answer)) }
        let status = answer.visible
        Output.line("service    \(status.name), version \(status.version), pid \(status.pid), incarnation \(status.incarnation)")
        Output.line(
            "table      revision \(status.revision.map(String.init) ?? "-"), \(Count.of(status.jobs, "job")), \(status.staleJobs.count) stale"
        )
        let clock = shown.clockAhead(by: status.clockDifference), next = status.nextFireTime.flatMap { Instant(rfc3339: $0) }
        Output.line("next       \(next.map { "\(clock.full($0)) (\(clock.relative($0)))" } ?? "-")")
        Output.line("store      \(status.store), durability \(status.durability)")
        Output.line("drawn ~    from \(status.seed)")
        if let difference = status.clockDifferenceMs, abs(difference) > 1000 {
            let way = difference > 0 ? "ahead of" : "behind"
            Output.line("clock      the store's, \(abs(difference)) ms \(way) this machine's")
        }
        Output.line("running    \(status.running.count)")
        let places = Dictionary((status.places ?? []).map { ($0.job, "  (\($0.at))") }) { first, _ in first }
        // A run is its job, perhaps a host, and its time.
        func place(_ id: String) -> String { places[String(id.prefix { $0 != "@" })] ?? "" }
        for run in status.running.prefix(50) { Output.line("  \(run)\(place(run))") }
        for job in status.paused.prefix(50) { Output.line("  paused: \(job)\(place(job))") }
        for job in status.staleJobs.prefix(50) { Output.line("  stale: \(job)\(place(job))") }
        for reason in status.degraded { warn("degraded   \(reason)") }
        if !places.isEmpty { Output.line("hint       name a job with # crond: name=NAME in the line above it") }
    }

    private func warn(_ line: String) {
        Output.shown(Tone.warning.applied(to: line, isColored: appearance.color.isOn()))
    }
}
