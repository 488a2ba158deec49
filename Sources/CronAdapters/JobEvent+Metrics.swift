internal import CronScheduler
internal import Metrics

extension JobEvent {
    func count(in factory: any MetricsFactory) {
        switch self {
        case .runSucceeded(let run), .runFailed(let run), .runTimedOut(let run), .runCancelled(let run): count(run, in: factory)
        case .missed(let job, let times, let reason):
            counter("cron_fire_times_missed_total", job, "reason", reason.rawValue, factory).increment(by: times.count)
        case .skipped(let job, let times, let reason):
            counter("cron_fire_times_skipped_total", job, "reason", reason.rawValue, factory).increment(by: times.count)
        default: break
        }
    }

    private func count(_ run: RunReport, in factory: any MetricsFactory) {
        let word = run.outcome.map { "\($0)".prefix { $0 != "(" } } ?? ""
        counter("cron_runs_total", run.job, "outcome", String(word), factory).increment()
        guard let duration = run.duration else { return }
        Timer(label: "cron_run_duration_seconds", dimensions: [("job", "\(run.job)")], factory: factory)
            .recordNanoseconds(duration.wholeNanoseconds)
    }

    private func counter(_ label: String, _ job: JobID, _ name: String, _ value: String, _ factory: any MetricsFactory) -> Counter {
        Counter(label: label, dimensions: [("job", "\(job)"), (name, value)], factory: factory)
    }
}
