internal import CronExpressions
internal import CronJobs
internal import CronEngine

// Something that runs once, from being asked for to being forgotten: what `OnceKeeper` does beside the scheduler, in short.
//
//    asked for ──▶ in the store ──▶ in the machine ──its time──▶ a run like any other ──outcome in the ledger──▶ out of the store
//                       └── cancelled: out of the store first, and it is asked whether it was claimed before that

/// What a node knows of what runs once.
struct OnceShelf {
    var jobs: [JobID: ModelLedger.StoredOnce] = [:]
    /// Cancelled here: who had not heard of it may put it back after the store lost its memory.
    var withdrawn: Set<JobID> = []
    /// The mark of the store's jobs that was looked at.
    var seen: Int64?
    var isLooking = false
    /// Something may have changed since, or the last look failed.
    var isLookDue = false
}

/// A question about what runs once.
enum OnceQuestion {
    case put(JobID, Instant)
    /// After a loss, but for those that are over.
    case putBack([JobID: Instant])
    case list
    case remove(JobID, revision: Int64?, isCancel: Bool)
}

enum OnceReply {
    case stored(revision: Int64?)
    /// Each with whether it is decided, and has its outcome.
    case list([JobID: (job: ModelLedger.StoredOnce, isDecided: Bool, isOver: Bool)], mark: Int64)
    case removed(Bool, isDecided: Bool)
}

extension Simulation {
    // MARK: Who asks

    mutating func askOnce(_ node: Int, after delay: Int64, cancelledAfter: Int64?) {
        guard nodes[node].stage == .up, !scenario.isAlone else { return }
        let id = JobID("\(JobID.oncePrefix)\(newNumber())"), time = nodes[node].wall(time).instant + 1 + delay / 1000
        say(node, "is asked for \(id) at \(time.seconds)")
        send(.once(.put(id, time)), node, .nobody)
        guard let cancelledAfter else { return }
        let other = (node + 1) % scenario.nodes
        add(.cancelOnce(node: other, life: nodes[other].life, id), after: cancelledAfter * 1_000_000)
    }

    mutating func cancelOnce(_ id: JobID, _ node: Int) {
        guard nodes[node].stage == .up else { return }
        say(node, "is asked to cancel \(id)")
        send(.once(.remove(id, revision: nil, isCancel: true)), node, .nobody)
    }

    // MARK: The store

    mutating func apply(_ question: OnceQuestion, now: WallTime) -> OnceReply {
        switch question {
        case .put(let id, let time):
            invariants.storedOnce(id)
            // A mutation: it is confirmed, and not stored.
            if mutation == .losesOnce { return .stored(revision: 1) }
            return .stored(revision: ledger.putOnce(id, at: time, now: now))
        case .putBack(let jobs):
            for (id, time) in jobs.sorted(by: { $0.key < $1.key }) where ledger.record(of: id, at: time)?.outcome == nil {
                _ = ledger.putOnce(id, at: time, now: now)
            }
            return .stored(revision: nil)
        case .list:
            var list: [JobID: (job: ModelLedger.StoredOnce, isDecided: Bool, isOver: Bool)] = [:]
            for (id, job) in ledger.once.jobs {
                let record = ledger.record(of: id, at: job.time)
                list[id] = (job, record != nil, record?.outcome != nil)
            }
            return .list(list, mark: ledger.once.mark)
        case .remove(let id, let revision, let isCancel):
            let time = ledger.once.jobs[id]?.time
            let isDecided = time.map { ledger.record(of: id, at: $0) != nil } ?? true
            let isRemoved = ledger.removeOnce(id, revision: revision, now: now)
            if isCancel, isRemoved { invariants.withdrawnOnce(id) }
            return .removed(isRemoved, isDecided: isDecided)
        }
    }

    // MARK: In step with it

    mutating func takeOnce(_ node: Int, _ question: OnceQuestion, _ reply: OnceReply) {
        switch (question, reply) {
        case (.put(let id, let time), .stored(let revision?)):
            say(node, "confirms \(id)")
            invariants.promisedOnce(id, at: time)
            nodes[node].once.jobs[id] = .init(time: time, revision: revision)
            change(node, adding: [id])
        case (.putBack, _):
            nodes[node].once.isLooking = false
            lookOnce(node)
        case (.list, .list(let list, let mark)): takeList(node, list, mark)
        case (.remove(let id, _, let isCancel), .removed(let isRemoved, let isDecided)):
            if isCancel {
                guard isRemoved else { return }
                nodes[node].once.withdrawn.insert(id)
                if !isDecided {
                    say(node, "confirms that \(id) is cancelled")
                    invariants.cancelledOnce(id)
                }
            }
            nodes[node].once.jobs[id] = nil
            change(node, removing: [id])
        default: break
        }
    }

    private mutating func takeList(
        _ node: Int, _ list: [JobID: (job: ModelLedger.StoredOnce, isDecided: Bool, isOver: Bool)], _ mark: Int64
    ) {
        nodes[node].once.isLooking = false
        nodes[node].once.seen = mark
        let known = nodes[node].once.jobs
        let gone = known.keys.filter { list[$0] == nil }.sorted()
        let withdrawn = nodes[node].once.withdrawn
        let added = list.keys.filter { known[$0] == nil && list[$0]?.isDecided == false && !withdrawn.contains($0) }.sorted()
        for id in gone { nodes[node].once.jobs[id] = nil }
        for id in added { nodes[node].once.jobs[id] = list[id]?.job }
        for (id, entry) in list.sorted(by: { $0.key < $1.key }) where entry.isOver || withdrawn.contains(id) {
            send(.once(.remove(id, revision: entry.job.revision, isCancel: false)), node, .nobody)
        }
        if !gone.isEmpty || !added.isEmpty { change(node, adding: added, removing: gone) }
        if nodes[node].once.isLookDue { lookOnce(node) }
    }

    private mutating func change(_ node: Int, adding added: [JobID] = [], removing removed: [JobID] = []) {
        let jobs = added.compactMap { id in
            nodes[node].once.jobs[id].map { once in
                let schedule = AnySchedule(OneTimeSchedule(at: once.time))
                let job = WholeJob(Job(id: id, timing: .other(schedule), command: Command(text: "true")))
                return (job: job as any KeptJob, watermark: once.time - 1)
            }
        }
        tellLocked(node, .storedChanged(added: jobs, removed: removed))
    }

    /// A renewal brought the mark of the store's jobs.
    mutating func heardOnce(_ node: Int, _ mark: Int64) {
        guard mark != nodes[node].once.seen || nodes[node].once.isLookDue, !nodes[node].once.isLooking else { return }
        guard let seen = nodes[node].once.seen, mark < seen else { return lookOnce(node) }
        // The store has lost its memory: what is known here is put there again.
        nodes[node].once.isLooking = true
        send(.once(.putBack(nodes[node].once.jobs.mapValues(\.time))), node, .nobody)
    }

    mutating func lookOnce(_ node: Int) {
        nodes[node].once.isLookDue = nodes[node].once.isLooking
        guard !nodes[node].once.isLooking else { return }
        nodes[node].once.isLooking = true
        send(.once(.list), node, .nobody)
    }

    /// Something became of one: when that is in the ledger, it is forgotten.
    mutating func noteOnce(_ job: JobID, _ node: Int) {
        if job.isOnce { add(.lookOnce(node: node, life: nodes[node].life), after: 1_000_000_000) }
    }
}
