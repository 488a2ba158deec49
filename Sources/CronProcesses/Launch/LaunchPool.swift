internal import CronJobs

// Who starts next, on which thread, and what is done about a start that hangs.
//
// A thread that starts a process is inside vfork until the child has executed its program. Until then the child can be held up by its user,
// who may stop it, and by a file system that does not answer: HOME, `cwd=`, SHELL. Two threads start what is due; while one of them hangs, a
// further one takes its place.
//
//     queued ──a thread and a place are free──▶ in flight ──▶ returned
//        │                                          │ sleeps or is stopped at two looks: *stalled*; its thread does not count any more
//        ├── its gate has closed: asked for         ├── stopped for 5 s, or 60 s or its grace are over: *given up*, which kills it
//        └── its grace is over                      └── a second later still there: *lost*, nobody can end it
//
// Invariants
// * Each switched user has one start in flight, so a user can stall one thread. The service's own user can stall 16: a *job* of it whose
//   start is stalled waits, its others go on.
// * What waits behind a stalled start keeps its order and goes on when that returns. Behind a lost one, or beyond the 16, it is refused at once.
// * Time is counted in looks that were made: a service or machine that is stopped ages nothing.
// * A place is taken from the moment a start is in flight until its run has ended, or the start has returned without one.

/// The queue of starts and the launcher threads. A pure state machine.
struct LaunchPool {
    enum ChildState: Hashable {
        /// Not made yet, or just gone.
        case absent
        case running
        /// Asleep, as for a disk.
        case waiting
        case stopped
    }
    enum Cause: Hashable {
        case stopped, unanswered
        /// The service ends, or the run was cancelled.
        case unwanted
    }
    enum Event {
        case submitted(LaunchTicket)
        case threadMade(Int)
        case threadNotMade
        /// A launch came back to its thread; whether there is a process now.
        case returned(thread: Int, runs: Bool)
        case adopted
        /// A run that had a place has ended.
        case ended
        /// The watchdog's look at what is in flight, by thread.
        case looked([Int: ChildState])
        /// Its run shall not begin any more.
        case unwanted(UInt64)
        case paused(Bool)
        /// Nothing new is started, and what is stalled is given up.
        case stopping
    }
    enum Effect: Hashable {
        case run(UInt64, thread: Int)
        case makeThread
        case endThread(Int)
        /// Kill it, and tell its outcome the first time.
        case giveUp(UInt64, Cause)
        /// `launchFailed(stalled)`: what is before it hangs for good, or too many do.
        case refuse(UInt64)
        case ask(UInt64)
        case overdue(UInt64, isStalled: Bool)
    }
    struct Now {
        var wall: WallTime
        var monotonic: MonotonicTime
    }

    static let interval = Duration.milliseconds(20)
    static let threadsAtFirst = 2
    static let stalledOfOwnUser = 16
    /// In looks.
    static let stoppedLimit = 250, patience = 3000, second = 50

    private struct Flight {
        var ticket: LaunchTicket
        var patience: Int
        var age = 0
        var asleep = 0
        var stopped = 0
        var isStalled = false
        var isUnwanted = false
        var givenUpAt: Int?
        var isLost = false
    }
    private struct Lane {
        var queue = LaunchQueue()
        /// Of own jobs that have a stalled start.
        var parked: [JobID: LaunchQueue] = [:]
        var inFlight = 0
        var stalled: [Int: JobID] = [:]
        var lost: Set<JobID> = []

        var isUnused: Bool { queue.isEmpty && parked.isEmpty && inFlight == 0 }
    }

    private let places: Int
    private var occupied = 0
    private var lanes: [LaunchLane: Lane] = [:]
    /// Lanes with something in their queue, the next one first.
    private var rotation: [LaunchLane] = []
    private var flights: [Int: Flight] = [:]
    private var idle: [Int] = []
    private var threads = 0
    private var isMakingThread = false
    private var stalled = 0
    private var isPaused = false
    private var isStopping = false
    private var earliestDeadline: WallTime?

    init(places: Int) { self.places = places }

    var inFlight: Int { flights.count }
    var queued: Int { lanes.values.reduce(0) { $0 + $1.queue.count + $1.parked.values.reduce(0) { $0 + $1.count } } }

    mutating func handle(_ event: Event, now: Now) -> [Effect] {
        var effects: [Effect] = []
        switch event {
        case .submitted(let ticket): submit(ticket, &effects)
        case .threadMade(let thread):
            isMakingThread = false
            threads += 1
            idle.append(thread)
        case .threadNotMade: return []  // The next look tries again.
        case .returned(let thread, let runs): land(thread, runs: runs, &effects)
        case .adopted: occupied += 1
        case .ended: occupied -= 1
        case .looked(let states): look(states, now, &effects)
        case .unwanted(let number):
            for (thread, flight) in flights where flight.ticket.number == number {
                flights[thread]?.isUnwanted = true
                if flight.isStalled { giveUp(thread, .unwanted, &effects) }
            }
        case .paused(let value): isPaused = value
        case .stopping:
            isStopping = true
            for (thread, flight) in flights where flight.isStalled { giveUp(thread, .unwanted, &effects) }
        }
        dispatch(now, &effects)
        return effects
    }

    /// Takes back starts that are not in flight, oldest first.
    mutating func withdraw(where condition: (LaunchTicket) -> Bool) -> [UInt64] {
        var numbers: [UInt64] = []
        for lane in Array(lanes.keys) { numbers += remove(from: lane, where: condition).map(\.number) }
        return numbers.sorted()
    }

    /// When the watchdog shall look next; `nil` where there is nothing to look after.
    func nextLook(now: WallTime) -> Duration? {
        if !flights.isEmpty { return Self.interval }
        guard !lanes.isEmpty else { return nil }
        // A millisecond more: a deadline is the last moment to start, not the first too late.
        return min(earliestDeadline.map { max($0 - now, .zero) + .milliseconds(1) } ?? .seconds(1), .seconds(1))
    }

    // MARK: Queues

    private mutating func submit(_ ticket: LaunchTicket, _ effects: inout [Effect]) {
        if isRefused(ticket) { return effects.append(.refuse(ticket.number)) }
        if let deadline = ticket.deadline { earliestDeadline = min(earliestDeadline ?? deadline, deadline) }
        if ticket.lane == .own, lanes[.own]?.stalled.values.contains(ticket.run.job) == true {
            lanes[.own]?.parked[ticket.run.job, default: LaunchQueue()].insert(ticket)
        } else {
            enqueue(ticket)
        }
    }

    private mutating func enqueue(_ ticket: LaunchTicket) {
        if lanes[ticket.lane]?.queue.isEmpty ?? true { rotation.append(ticket.lane) }
        lanes[ticket.lane, default: Lane()].queue.insert(ticket)
    }

    private func isRefused(_ ticket: LaunchTicket) -> Bool {
        guard let lane = lanes[ticket.lane] else { return false }
        if ticket.lane == .own { return lane.stalled.count >= Self.stalledOfOwnUser || lane.lost.contains(ticket.run.job) }
        return !lane.lost.isEmpty
    }

    @discardableResult
    private mutating func remove(from lane: LaunchLane, where condition: (LaunchTicket) -> Bool) -> [LaunchTicket] {
        guard var entry = lanes.removeValue(forKey: lane) else { return [] }
        var removed = entry.queue.remove(where: condition)
        for job in Array(entry.parked.keys) {
            removed += entry.parked[job]?.remove(where: condition) ?? []
            if entry.parked[job]?.isEmpty == true { entry.parked[job] = nil }
        }
        keep(entry, as: lane)
        return removed
    }

    private mutating func keep(_ entry: Lane, as lane: LaunchLane) {
        lanes[lane] = entry.isUnused ? nil : entry
        if entry.queue.isEmpty { rotation.removeAll { $0 == lane } }
    }

    // MARK: Starting

    private mutating func dispatch(_ now: Now, _ effects: inout [Effect]) {
        guard !isPaused, !isStopping else { return }
        while occupied < places {
            guard let thread = idle.last else { return askForThread(&effects) }
            guard let ticket = next(now, &effects) else { return }
            idle.removeLast()
            occupied += 1
            lanes[ticket.lane, default: Lane()].inFlight += 1
            flights[thread] = Flight(ticket: ticket, patience: Self.patience(until: ticket.deadline, now.wall))
            effects.append(.run(ticket.number, thread: thread))
        }
    }

    /// In looks: up to the end of its grace.
    private static func patience(until deadline: WallTime?, _ now: WallTime) -> Int {
        guard let deadline else { return patience }
        let grace = min(max(deadline - now, .seconds(1)), interval * patience)
        return Int(grace / interval)
    }

    /// The next start whose turn it is: each lane in turn.
    private mutating func next(_ now: Now, _ effects: inout [Effect]) -> LaunchTicket? {
        var index = 0
        while index < rotation.count {
            let lane = rotation[index]
            guard mayStart(lane), var entry = lanes.removeValue(forKey: lane) else {
                index += 1
                continue
            }
            let ticket = entry.queue.popFirst()
            rotation.remove(at: index)
            if !entry.queue.isEmpty { rotation.append(lane) }
            lanes[lane] = entry.isUnused ? nil : entry
            guard let ticket else { continue }
            if let deadline = ticket.deadline, deadline < now.wall {
                effects.append(.overdue(ticket.number, isStalled: false))
            } else if let gate = ticket.gate, !gate.isOpen(at: now.monotonic) {
                effects.append(.ask(ticket.number))
            } else {
                return ticket
            }
        }
        return nil
    }

    private func mayStart(_ lane: LaunchLane) -> Bool {
        guard let entry = lanes[lane] else { return false }
        return lane == .own ? entry.stalled.count < Self.stalledOfOwnUser : entry.inFlight == 0
    }

    private mutating func askForThread(_ effects: inout [Effect]) {
        guard !isMakingThread, threads < Self.threadsAtFirst + stalled, rotation.contains(where: mayStart) else { return }
        isMakingThread = true
        effects.append(.makeThread)
    }

    private mutating func land(_ thread: Int, runs: Bool, _ effects: inout [Effect]) {
        guard let flight = flights.removeValue(forKey: thread) else { return }
        if !runs { occupied -= 1 }
        let lane = flight.ticket.lane, job = flight.ticket.run.job
        lanes[lane]?.inFlight -= 1
        if flight.isStalled {
            stalled -= 1
            lanes[lane]?.stalled[thread] = nil
            let isFree = lanes[lane]?.stalled.values.contains(job) == false
            if flight.isLost, isFree { lanes[lane]?.lost.remove(job) }
            if isFree, var parked = lanes[lane]?.parked.removeValue(forKey: job) {
                for ticket in parked.removeAll() { enqueue(ticket) }
            }
        }
        if lanes[lane]?.isUnused == true { lanes[lane] = nil }
        if threads > Self.threadsAtFirst + stalled {
            threads -= 1
            effects.append(.endThread(thread))
        } else {
            idle.append(thread)
        }
    }

    // MARK: The watchdog

    private mutating func look(_ states: [Int: ChildState], _ now: Now, _ effects: inout [Effect]) {
        isMakingThread = false
        for (thread, state) in states {
            guard var flight = flights[thread] else { continue }
            flight.age += 1
            flight.asleep = state == .waiting || state == .stopped ? flight.asleep + 1 : 0
            flight.stopped = state == .stopped ? flight.stopped + 1 : 0
            flights[thread] = flight
            if !flight.isStalled, flight.asleep >= 2 || flight.age >= Self.second { stall(thread, flight.ticket, &effects) }
            if let givenUp = flight.givenUpAt {
                if (flight.age - givenUp) % Self.second == 0 { lose(thread, flight.ticket, &effects) }
            } else if flight.stopped >= Self.stoppedLimit {
                giveUp(thread, .stopped, &effects)
            } else if flight.age >= flight.patience {
                giveUp(thread, .unanswered, &effects)
            } else if flights[thread]?.isStalled == true, isStopping || flight.isUnwanted {
                giveUp(thread, .unwanted, &effects)
            }
        }
        if let earliest = earliestDeadline, earliest < now.wall { dropOverdue(now.wall, &effects) }
    }

    private mutating func stall(_ thread: Int, _ ticket: LaunchTicket, _ effects: inout [Effect]) {
        flights[thread]?.isStalled = true
        stalled += 1
        guard var entry = lanes.removeValue(forKey: ticket.lane) else { return }
        entry.stalled[thread] = ticket.run.job
        if ticket.lane == .own {
            for waiting in entry.queue.remove(where: { $0.run.job == ticket.run.job }) {
                entry.parked[ticket.run.job, default: LaunchQueue()].insert(waiting)
            }
            if entry.stalled.count >= Self.stalledOfOwnUser { effects += entry.queue.removeAll().map { .refuse($0.number) } }
        }
        keep(entry, as: ticket.lane)
    }

    private mutating func giveUp(_ thread: Int, _ cause: Cause, _ effects: inout [Effect]) {
        guard let flight = flights[thread], flight.givenUpAt == nil else { return }
        flights[thread]?.givenUpAt = flight.age
        effects.append(.giveUp(flight.ticket.number, cause))
    }

    /// Not even a kill ended it: what waits behind it will not start.
    private mutating func lose(_ thread: Int, _ ticket: LaunchTicket, _ effects: inout [Effect]) {
        flights[thread]?.isLost = true
        lanes[ticket.lane]?.lost.insert(ticket.run.job)
        effects.append(.giveUp(ticket.number, .unanswered))
        let isBehind = { (other: LaunchTicket) in ticket.lane != .own || other.run.job == ticket.run.job }
        effects += remove(from: ticket.lane, where: isBehind).map { .refuse($0.number) }
    }

    private mutating func dropOverdue(_ now: WallTime, _ effects: inout [Effect]) {
        earliestDeadline = nil
        for lane in Array(lanes.keys) {
            let stalled = Set(lanes[lane]?.stalled.values.map { $0 } ?? [])
            for ticket in remove(from: lane, where: { $0.deadline.map { $0 < now } ?? false }) {
                let isStalled = lane == .own ? stalled.contains(ticket.run.job) : !stalled.isEmpty
                effects.append(.overdue(ticket.number, isStalled: isStalled))
            }
            guard let entry = lanes[lane] else { continue }
            for queue in [entry.queue] + entry.parked.values {
                if let deadline = queue.earliestDeadline { earliestDeadline = min(earliestDeadline ?? deadline, deadline) }
            }
        }
    }
}
