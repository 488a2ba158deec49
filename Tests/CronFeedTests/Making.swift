// tidy: helper
internal import CronExpressions
internal import CronFeed
internal import CronJobs

/// Facts, made shortly.
enum Making {
    static func job(_ name: String, attempts: Int = 1, notify: NotifyPolicy = .change, lateAfter: Duration? = nil) -> Job {
        var values = JobPolicies.Values()
        (values.retry.attempts, values.notify, values.lateAfter) = (attempts, notify, lateAfter)
        return Job(id: JobID(name), timing: .startup, command: Command(text: "secret-command"), policies: JobPolicies(values))
    }

    static func jobs(_ jobs: Job...) -> FeedJobs { FeedJobs(Dictionary(jobs.map { ($0.id, $0) }, uniquingKeysWith: { $1 })) }

    static func run(_ name: String, _ second: Int64) -> RunID { RunID(job: JobID(name), .scheduled(Instant(second))) }

    static func ended(_ number: Int64, _ name: String, _ outcome: Outcome, attempt: Int = 1) -> Fact {
        Fact(
            number: number, at: WallTime(Instant(number)),
            kind: .ended(run(name, number), attempt: attempt, outcome: outcome, first: Instant(number), count: 1))
    }
}
