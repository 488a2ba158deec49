internal import CronJobs
internal import CronTables

/// What is known of the table in use beside the jobs that this host runs. It takes the place of the last one as a whole, with the table.
struct TableSide {
    /// Jobs that other hosts run.
    private(set) var others: [JobID: OtherHost] = [:]
    /// The same as the table has them, to be shown.
    private(set) var otherJobs: [Job] = []
    /// Jobs whose lines are bad now: they run as their last good versions say.
    private(set) var stale: Set<JobID> = []
    /// Where jobs stand.
    private(set) var places = JobPlaces()

    /// Of no table.
    init() {}

    init(_ table: LoadedTable) {
        others = table.elsewhere
        otherJobs = table.compiled.elsewhere
        stale = table.compiled.stale
        places = JobPlaces(table.compiled)
    }

    var elsewhere: Set<JobID> { Set(others.keys) }

    /// A job that another host runs.
    func other(_ id: JobID) -> Job? { others[id] == nil ? nil : otherJobs.first { $0.id == id } }
}
