public import CronExpressions

// The due queue: which jobs are due next, grouped by instant.
//
// Most tables have few distinct fire times and many jobs at each (a thousand lines of `* * * * *` are one instant). So the heap holds
// distinct instants only, and the jobs of one instant are a linked list through one array: inserting a job costs a table look-up, taking
// all jobs of an instant costs one heap operation, and jobs that are not due cost nothing.
//
// Invariant: a job is in at most one list; an instant is in the heap iff it has a list.

/// Jobs, by their index in the table, ordered by when they are due.
public struct DueQueue: Sendable {
    private var instants: [Instant] = []
    private var heads: InstantTable
    private var following: [Int32]
    private static let end: Int32 = -1
    private static let absent: Int32 = -2

    /// A queue for jobs `0..<capacity`, all absent.
    public init(capacity: Int) {
        following = Array(repeating: Self.absent, count: capacity)
        // Most tables have far fewer distinct instants than jobs; no more than that is reserved.
        heads = InstantTable(capacity: min(capacity, 4096))
    }

    /// The earliest instant at which something is due.
    public var next: Instant? { instants.first }

    public var isEmpty: Bool { instants.isEmpty }

    /// Makes room for one more job, absent; it has the next index.
    public mutating func grow() { following.append(Self.absent) }

    /// Enters a job. One that is in the queue stays where it is: a list with a job twice would have no end.
    public mutating func insert(_ job: Int, at instant: Instant) {
        guard following[job] == Self.absent else { return }
        let head = heads.replace(instant, with: Int32(truncatingIfNeeded: job))
        following[job] = head ?? Self.end
        if head == nil {
            instants.append(instant)
            siftUp(from: instants.count - 1)
        }
    }

    /// Takes the jobs of the earliest instant if it is not after `limit`, lowest index first.
    public mutating func popGroup(through limit: Instant) -> (instant: Instant, jobs: [Int])? {
        guard let earliest = instants.first, earliest <= limit else { return nil }
        removeFirstInstant()
        var jobs: [Int] = []
        var job = heads.remove(earliest) ?? Self.end
        while job != Self.end {
            jobs.append(Int(job))
            let next = following[Int(job)]
            following[Int(job)] = Self.absent
            job = next
        }
        jobs.sort()
        return (earliest, jobs)
    }

    /// The same jobs under other indices, each due when it was; nil takes one out.
    ///
    /// - Parameter capacity: how many the new indices are.
    func renumbered(capacity: Int, _ index: (Int) -> Int?) -> DueQueue {
        var rest = self, other = DueQueue(capacity: capacity)
        while let (instant, jobs) = rest.popGroup(through: Instant(.max)) {
            for job in jobs { if let index = index(job) { other.insert(index, at: instant) } }
        }
        return other
    }

    private mutating func removeFirstInstant() {
        let last = instants.removeLast()
        if instants.isEmpty { return }
        instants[0] = last
        siftDown()
    }

    private mutating func siftUp(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            if instants[parent] <= instants[child] { return }
            instants.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var least = 2 * parent + 1
            if least >= instants.count { return }
            if least + 1 < instants.count, instants[least + 1] < instants[least] { least += 1 }
            if instants[parent] <= instants[least] { return }
            instants.swapAt(parent, least)
            parent = least
        }
    }
}
