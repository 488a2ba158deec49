internal import CronExpressions
internal import CronJobs

// Several nodes, one table: each job has an order of its own among them (its ranks), and a node of rank r asks for a fire time r steps after it
// is due. So the claims spread over the nodes, there is hardly any contention, and where the first node is dead the second is one step late.

/// The jobs that are due and wait for their turn, by their index in the table.
struct Stagger {
    static let step = Duration.milliseconds(200)

    struct Waiting {
        var index: Int
        /// When it is due; the queue's instant.
        var due: Instant
        var at: WallTime
    }

    private var waiting: [Waiting] = []

    /// The earliest turn.
    private(set) var next: WallTime?

    /// When a node of this rank asks.
    static func turn(due: WallTime, rank: Int) -> WallTime {
        WallTime(nanoseconds: due.nanoseconds &+ Self.step.wholeNanoseconds &* Int64(rank))
    }

    mutating func hold(_ index: Int, due: Instant, until at: WallTime) {
        waiting.append(Waiting(index: index, due: due, at: at))
        next = min(next ?? at, at)
    }

    /// Takes out those whose turn has come.
    mutating func take(upTo now: WallTime) -> [Waiting] {
        guard let next, next <= now else { return [] }
        let ready = waiting.filter { $0.at <= now }
        waiting.removeAll { $0.at <= now }
        self.next = waiting.lazy.map(\.at).min()
        return ready
    }

    /// The table is another one: its queue has them all again.
    mutating func removeAll() {
        waiting = []
        next = nil
    }
}
