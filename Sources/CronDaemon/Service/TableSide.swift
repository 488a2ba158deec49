internal import CronJobs
internal import CronTables

/// What is known of the table in use beside the jobs that this host runs. It takes the place of the last one as a whole, with the table.
struct TableSide {
    /// Jobs that other hosts run.
    private(set) var others: [JobID: OtherHost] = [:]
    /// Jobs whose lines are bad now: they run as their last good versions say.
    private(set) var stale: Set<JobID> = []
    /// Where jobs stand.
    private(set) var places = JobPlaces()

    /// Of no table.
    init() {}

    init(_ table: LoadedTable) {
        others = table.elsewhere
        stale = table.compiled.stale
        places = JobPlaces(table.compiled)
    }

    var elsewhere: Set<JobID> { Set(others.keys) }
}
