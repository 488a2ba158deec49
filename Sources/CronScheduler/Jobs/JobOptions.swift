public import CronJobs
internal import CronExpressions

/// How a job's runs are treated.
public struct JobOptions: Hashable, Sendable {
    /// How late a run may still start; nil is never too late. Beyond it a fire time is `missed`.
    public var grace: Duration? = .seconds(60)
    /// What becomes of several fire times that passed without a start, within grace: one run (`last`, `first`), each (`all`), or `none`.
    public var catchUp = CatchUpPolicy.last
    /// What becomes of a fire time that finds a run of the job going. `queue` and `replace` take a store that is this program's alone.
    public var overlap = OverlapPolicy.skip
    /// How many runs of it may go at once where `overlap` allows that, over all nodes.
    public var maxRunning = 3000
    /// Puts off each start by less than this, the same for the same fire time on every node.
    public var jitter = Duration.zero
    /// How often the run of one fire time is tried.
    public var retry = RetryPolicy.never
    /// How long a run may last; then it is cancelled as `timedOut`. Nil is without limit.
    public var timeout: Duration?
    /// How long after that a handler which ignores its cancellation keeps its run open.
    public var killAfter = Duration.seconds(10)
    /// What becomes of a fire time while the store cannot be reached.
    public var storeDown = StoreDownPolicy.hold
    /// Whether a shutdown waits for its runs, or cancels them at once.
    public var onStop = StopPolicy.finish

    public init() {}

    /// The standard options, changed.
    public init(_ change: (inout JobOptions) -> Void) {
        self.init()
        change(&self)
    }

    var policies: JobPolicies {
        var values = JobPolicies.Values()
        (values.grace, values.catchUp, values.overlap, values.maxRunning) = (grace, catchUp, overlap, max(1, maxRunning))
        values.jitter = Jitter(limit: jitter.components.seconds)
        (values.retry, values.timeout, values.killAfter, values.storeDown, values.onStop) = (retry, timeout, killAfter, storeDown, onStop)
        return JobPolicies(values)
    }
}
