package import CronExpressions
package import CronJobs

// What this service knows of the jobs that run once: what the store has, what of it may run here, and what has been.
//
//     seen in the store ──judged──▶ here         in the scheduler
//                             ├───▶ elsewhere    another host's, or as a user that this service cannot become
//                             └───▶ refused      said by name, and left where it is
//     gone from the store, or decided ──▶ spent  by its number: put back, it is refused, whatever the store still remembers
//     cancelled here ──▶ withdrawn               put back by a service that had not heard of it, after the store lost its memory: it leaves again

/// The pending jobs that run once. Pure: who has it reads the store and tells the scheduler.
package struct OnceBook: Sendable {
    package struct Entry: Hashable, Sendable {
        package var kept: KeptOnce
        package var state: State
    }

    package enum State: Hashable, Sendable {
        /// It runs here, as this user; `nil` is the service's own.
        case here(user: String?)
        case elsewhere(String)
        case refused(OnceTrust.Refusal)
    }

    /// What follows from a look at the store.
    package struct Change: Hashable, Sendable {
        package var added: [Entry] = []
        /// Those that ran here, or would have.
        package var removed: [JobID] = []
        /// New in this look.
        package var refused: [JobID: OnceTrust.Refusal] = [:]
        package var elsewhere: [JobID: String] = [:]
        /// Cancelled here, and in the store again.
        package var withdrawn: [KeptOnce] = []

        package init() {}
    }

    /// How long what has been is remembered beyond its time: longer than any grace that it runs in.
    private static let memory: Int64 = 3600
    private static let mostSpent = 100_000

    package private(set) var entries: [JobID: Entry] = [:]
    /// Numbers of what has been, each with its time.
    private var spent: [String: Instant] = [:]
    /// Numbers of what was cancelled here, in the same way.
    private var withdrawn: [String: Instant] = [:]
    private var damaged: Set<JobID> = []

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }

    /// Those whose time has come, and about which the ledger is to be asked.
    package func due(_ now: Instant) -> [KeptOnce] { entries.values.filter { $0.kept.job.time <= now }.map(\.kept) }

    /// A store that lost its memory has none of what it had: what may run here is put there again.
    package var known: [KeptOnce] { entries.values.filter { if case .here = $0.state { true } else { false } }.map(\.kept) }

    // MARK: What the store has

    /// Takes in all that the store has.
    ///
    /// - Parameter place: what is to become of a job that may be used.
    package mutating func take(
        _ stored: [StoredJob], by trust: OnceTrust, now: Instant, place: (OnceJob) -> State
    ) -> Change {
        var change = Change(), there: Set<JobID> = []
        for stored in stored where stored.id.isOnce {
            there.insert(stored.id)
            guard let kept = KeptOnce(stored) else {
                if damaged.insert(stored.id).inserted { change.refused[stored.id] = .unreadable }
                continue
            }
            // One that was put again is the same: what of it was decided stays so.
            if let known = entries[stored.id], known.kept.job == kept.job, known.kept.mac == kept.mac {
                entries[stored.id]?.kept.revision = kept.revision
                continue
            }
            enter(kept, trust.judge(kept), place, &change)
        }
        for id in entries.keys where !there.contains(id) { forget(id, &change) }
        damaged.formIntersection(there)
        spent = spent.filter { $0.value.seconds > now.seconds - Self.memory }
        withdrawn = withdrawn.filter { $0.value.seconds > now.seconds - Self.memory }
        return change
    }

    private mutating func enter(_ kept: KeptOnce, _ verdict: OnceTrust.Verdict, _ place: (OnceJob) -> State, _ change: inout Change) {
        let id = kept.job.id, state: State
        if verdict == .usable, withdrawn[kept.job.number] != nil {
            change.withdrawn.append(kept)
            return forget(id, &change)
        }
        switch verdict {
        case .usable where spent[kept.job.number] != nil: state = .refused(.again)
        case .usable: state = place(kept.job)
        case .foreign(let host): state = .elsewhere("host \(host) took it, and runs it")
        case .refused(let why): state = .refused(why)
        }
        // Whatever stood there has been: also what somebody altered, and may put right again after it ran.
        forget(id, &change)
        entries[id] = Entry(kept: kept, state: state)
        switch state {
        case .here: change.added.append(Entry(kept: kept, state: state))
        case .elsewhere(let why): change.elsewhere[id] = why
        case .refused(let why): change.refused[id] = why
        }
    }

    private mutating func forget(_ id: JobID, _ change: inout Change) {
        guard let entry = remove(id) else { return }
        if case .here = entry.state { change.removed.append(id) }
    }

    // MARK: One by one

    /// Somebody cancelled it here, and the store has it no more.
    package mutating func withdraw(_ kept: KeptOnce) {
        if withdrawn.count < Self.mostSpent { withdrawn[kept.job.number] = kept.job.time }
    }

    /// One that was taken here, and is in the store.
    package mutating func add(_ kept: KeptOnce, as user: String?) { entries[kept.job.id] = Entry(kept: kept, state: .here(user: user)) }

    /// It came to stand in the store under another revision.
    package mutating func note(revision: Int64, of id: JobID) { entries[id]?.kept.revision = revision }

    /// One that is decided or cancelled.
    @discardableResult
    package mutating func remove(_ id: JobID) -> Entry? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        if case .here = entry.state { note(spent: entry.kept) }
        return entry
    }

    /// It must not run again, whatever becomes of it in the store.
    package mutating func note(spent kept: KeptOnce) {
        if spent.count >= Self.mostSpent, let oldest = spent.min(by: { $0.value < $1.value })?.key { spent[oldest] = nil }
        spent[kept.job.number] = kept.job.time
    }
}
