public import CronJobs

/// What the table in use has of the jobs that facts are about.
public struct FeedJobs: Sendable {
    private let jobs: [JobID: Job]
    private let host: String
    private let elsewhere: Set<JobID>

    /// - Parameters:
    ///   - host: what this host is called: a job that runs on every host is here under its name.
    ///   - elsewhere: jobs that the table leaves to other hosts.
    public init(_ jobs: [JobID: Job] = [:], host: String = "", elsewhere: Set<JobID> = []) {
        self.jobs = jobs
        self.host = host
        self.elsewhere = elsewhere
    }

    /// The same job here, where it is another host's.
    public static func here(_ id: JobID, host: String) -> JobID { id.host == nil ? id : id.withoutHost.on(host: host) }

    /// The job as the table in use has it; `nil` where it has none.
    public func job(_ id: JobID) -> Job? { jobs[id] ?? jobs[Self.here(id, host: host)] }

    func isThere(_ id: JobID) -> Bool { job(id) != nil || elsewhere.contains(id.withoutHost) }
}
