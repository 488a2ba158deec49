internal import CronExpressions
internal import CronJobs

// Several nodes, one table: each job has an order of its own among them, and the node in slot n asks for a fire time n steps after it is due. So
// the claims spread over the nodes, there is hardly any contention, and where the first node is dead the second is one step late.

/// The jobs that are due and wait until other nodes had the chance, by their index in the table.
struct Stagger {
    static let step = Duration.milliseconds(200)

    struct Waiting {
        var index: Int
        /// When it is due; the queue's instant.
        var due: Instant
        var at: WallTime
    }

    private var waiting: [Waiting] = []

    /// The earliest of their times.
    private(set) var next: WallTime?

    /// When the node in this slot asks.
    static func time(of due: WallTime, slot: Int) -> WallTime { due + step * slot }

    mutating func hold(_ index: Int, due: Instant, until at: WallTime) {
        waiting.append(Waiting(index: index, due: due, at: at))
        next = min(next ?? at, at)
    }

    /// Takes out those whose time has come.
    mutating func take(upTo now: WallTime) -> [Waiting] {
        guard let next, next <= now else { return [] }
        let ready = waiting.filter { $0.at <= now }
        waiting.removeAll { $0.at <= now }
        self.next = waiting.lazy.map(\.at).min()
        return ready
    }

    /// Takes out all of them.
    mutating func takeAll() -> [Waiting] {
        defer { removeAll() }
        return waiting
    }

    /// The table is another one: its queue has them all again.
    mutating func removeAll() {
        waiting = []
        next = nil
    }
}
