internal import ArgumentParser
internal import CronDaemon

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Show what the running service is doing.")

    @OptionGroup var service: ServiceAddress

    @Flag(help: "One JSON object.")
    var json = false

    func run() {
        let response = service.askRunning(ControlRequest(.status))
        guard let status = json ? response.status : response.visible.status else { Output.fail(76, "the service gave no status") }
        if json { return Output.line(JSONText.of(status)) }
        Output.line("service    \(status.name), version \(status.version), pid \(status.pid), incarnation \(status.incarnation)")
        Output.line("table      revision \(status.revision.map(String.init) ?? "-"), \(status.jobs) jobs, \(status.staleJobs.count) stale")
        Output.line("next       \(status.nextFireTime ?? "-")")
        Output.line("store      \(status.store), durability \(status.durability)")
        Output.line("drawn ~    from \(status.seed)")
        if let difference = status.clockDifferenceMs, abs(difference) > 1000 {
            let way = difference > 0 ? "ahead of" : "behind"
            Output.line("clock      the store's, \(abs(difference)) ms \(way) this machine's")
        }
        Output.line("running    \(status.running.count)")
        for run in status.running.prefix(50) { Output.line("  \(run)") }
        for job in status.paused.prefix(50) { Output.line("  paused: \(job)") }
        for job in status.staleJobs.prefix(50) { Output.line("  stale: \(job)") }
        for reason in status.degraded { Output.line("degraded   \(reason)") }
    }
}
