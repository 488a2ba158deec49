internal import CronExpressions
internal import CronJobs

/// What is known of a ledger that others use, too, as of the last renewal: who else is there, and what they and the store said.
struct Peers {
    /// What becomes of a job's fire times while the store fails.
    enum Fallback {
        case waits, isSkipped, startsFromMemory
    }

    /// This node's name; `nil` where the ledger is nobody else's.
    let node: String?
    private var nodes: [String] = []
    /// What is decided without the store heeds them.
    private var paused: Set<JobID> = []
    private var clockDifference = ClockDifference()
    /// It was said that the store is in quarantine.
    private var saidQuarantine = false

    init(node: String?) { self.node = node }

    /// This node's place among those that may run a job; 0 for its own jobs, and where it is alone.
    func slot(of job: Job) -> Int {
        guard let node, nodes.count > 1, job.policies.values.host == .any else { return 0 }
        return NodeOrder.rank(of: job.id, node: node, among: nodes)
    }

    func fallback(of job: Job) -> Fallback {
        switch job.policies.values.storeDown {
        case .hold: return .waits
        case .skip: return .isSkipped
        case .rank0 where slot(of: job) > 0: return .waits
        // A paused job waits, so that the ledger records why it was skipped.
        case .local, .rank0: return paused.contains(job.id.withoutHost) ? .waits : .startsFromMemory
        }
    }

    /// Takes in what was heard; answers what is to be told, and whether a node is gone whose work may be left to others.
    mutating func hear(_ view: SharedView) -> (events: [SchedulerEvent], hasLostNode: Bool) {
        var events: [SchedulerEvent] = []
        let known = nodes
        (nodes, paused) = (view.nodes, view.paused)
        if let difference = clockDifference.note(view.clockOffset) { events.append(.clocksDiffer(difference)) }
        if view.quarantine > .zero, !saidQuarantine { events.append(.storeInQuarantine(view.quarantine)) }
        saidQuarantine = view.quarantine > .zero
        return (events, !Set(known).isSubset(of: nodes))
    }
}
