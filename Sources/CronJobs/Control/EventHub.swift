// Events go to any number of listeners, each with a queue of its own. A listener that does not take what it gets loses the oldest and is told
// how many: nobody's slowness costs another listener an event, or the service more memory than the queues' bound.
//
//     publish ──▶ [ wanted? ] ──▶ queue, full? oldest goes, lost + 1
//        │                          ▲
//        └──▶ the last 512 kept ────┘ a new listener may begin with some of them
//     take    ◀── gap(lost), then the queue

/// Hands each event to each listener that wants it. Waiting is its owner's affair.
public struct EventHub: Sendable {
    /// A listener's place; given once and never again.
    public struct Listener: Hashable, Sendable { fileprivate let number: Int }

    private struct Queue {
        var filter: EventFilter
        var events: [ControlEvent] = []
        /// The first of `events` that is still to be taken.
        var head = 0
        var lost = 0

        var count: Int { events.count - head }

        mutating func append(_ event: ControlEvent, bound: Int) {
            if count >= bound {
                head += 1
                lost += 1
            }
            if head >= bound {
                events.removeFirst(head)
                head = 0
            }
            events.append(event)
        }

        mutating func take(most: Int) -> [ControlPart] {
            let taken = events[head...].prefix(most).map(ControlPart.event)
            head += taken.count
            if count == 0 {
                events = []
                head = 0
            }
            defer { lost = 0 }
            return lost > 0 ? [.gap(lost)] + taken : taken
        }
    }

    /// Events that are remembered for whoever comes later.
    public static let mostKept = 512

    private let mostListeners: Int
    private let bound: Int
    private var queues: [Int: Queue] = [:]
    private var listeners = 0
    private var published: Int64 = 0
    /// The last events; once it is full, a ring whose oldest is at `published` modulo its size.
    private var kept: [ControlEvent] = []

    /// - Parameter bound: events that wait for one listener.
    public init(mostListeners: Int = 16, bound: Int = 1024) {
        self.mostListeners = mostListeners
        self.bound = max(1, bound)
    }

    /// A listener, to whom at most so many recent events are told first; `nil` where there are as many as there may be.
    public mutating func add(_ filter: EventFilter, recent: Int = 0) -> Listener? {
        guard queues.count < mostListeners else { return nil }
        listeners += 1
        queues[listeners] = Queue(filter: filter, events: self.recent(filter, most: min(recent, bound)))
        return Listener(number: listeners)
    }

    /// The last of the kept events that pass a filter, oldest first.
    public func recent(_ filter: EventFilter, most: Int) -> [ControlEvent] {
        guard most > 0 else { return [] }
        let oldest = kept.count < Self.mostKept ? 0 : Int(published % Int64(Self.mostKept))
        let found = (kept[oldest...] + kept[..<oldest]).filter(filter.wants)
        return Array(found.suffix(most))
    }

    /// False once it was removed.
    public func has(_ listener: Listener) -> Bool { queues[listener.number] != nil }

    /// What waits for it is dropped.
    public mutating func remove(_ listener: Listener) { queues[listener.number] = nil }

    /// Gives the event its number; answers who has something to take now.
    public mutating func publish(_ event: ControlEvent) -> [Listener] {
        var event = event
        event.number = published + 1
        if kept.count < Self.mostKept { kept.append(event) } else { kept[Int(published % Int64(Self.mostKept))] = event }
        published += 1
        var told: [Listener] = []
        for (number, queue) in queues where queue.filter.wants(event) {
            queues[number]?.append(event, bound: bound)
            told.append(Listener(number: number))
        }
        return told
    }

    /// The next parts for a listener, at most so many and a gap; empty where there is nothing to tell.
    public mutating func take(_ listener: Listener, most: Int = 256) -> [ControlPart] {
        queues[listener.number]?.take(most: most) ?? []
    }
}
