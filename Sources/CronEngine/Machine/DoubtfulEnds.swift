internal import CronJobs

// A service that stood still, or could not reach the store, for longer than a lease finds at its return that runs of it have ended, and another node
// may have decided about them meanwhile. What it would tell may be wrong, so it asks first: such an end is told once the ledger has answered.
//
//     ended here ──lease surely held──▶ told at once
//          └───────lease in doubt─────▶ waits ──the ledger took the outcome──▶ finished
//                                         └─────refused it: another node's──▶ overtaken
//
// While the store fails nothing waits: nobody knows how long it takes, and the log is all that there is.

/// Ends of runs that another node may have taken over, until the ledger has said whose they are.
struct DoubtfulEnds {
    struct End {
        var attempt: Attempt
        var finish: Finish
        var mayRetry: Bool
    }

    /// How long a lease holds after it was renewed; nil where nobody else uses the ledger.
    let lease: Duration?
    private var ends: [End] = []
    private var askedAt: MonotonicTime?
    private var heldFrom: MonotonicTime?

    init(lease: Duration?) { self.lease = lease }

    /// Leases are renewed: what is answered was so at the earliest now.
    mutating func renewing(_ now: MonotonicTime) { askedAt = now }
    mutating func renewed() { heldFrom = askedAt }

    /// Whether what was held at the last renewal may be another node's by now.
    func mayBeLost(_ now: MonotonicTime) -> Bool {
        guard let lease, let heldFrom else { return false }
        return now - heldFrom >= lease
    }

    mutating func add(_ end: End) { ends.append(end) }

    /// Those that were written.
    mutating func take(_ written: [Finish]) -> [End] {
        if ends.isEmpty { return [] }
        let written = Set(written)
        return take { written.contains($0.finish) }
    }

    mutating func takeAll() -> [End] { take { _ in true } }

    private mutating func take(_ isWanted: (End) -> Bool) -> [End] {
        let taken = ends.filter(isWanted)
        ends.removeAll(where: isWanted)
        return taken
    }
}
