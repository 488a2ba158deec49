internal import CronJobs

/// Which jobs of a table are this host's, and under which id.
struct Placement {
    let host: String
    /// Other hosts use the store, too.
    let isShared: Bool

    /// The job as it runs here; `nil` where it is another host's. What runs on every host has a state of its own on each.
    func placed(_ job: Job) -> Job? {
        let policy = job.policies.values.host
        guard policy.includes(host: host) else { return nil }
        guard policy == .all, isShared else { return job }
        var job = job
        job.id = job.id.on(host: host)
        return job
    }
}
