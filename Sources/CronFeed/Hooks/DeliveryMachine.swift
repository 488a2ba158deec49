public import CronJobs

// Requests on their way to others' servers, which may be slow, broken or gone. One request of a job and kind at a time, so that an end never overtakes
// its start; all else side by side, and what one server does costs the others nothing.
//
//     waiting ──a place──▶ on its way ──2xx──▶ settled                                   a job's requests: a lane
//        ▲                     │ ├──3xx, 4xx────▶ lost: it would not be otherwise the next time
//        │◀──the lane's pause──┘ ├──5xx, 408, 429: the lane pauses, as long as the server asks, seven times at most, then it is lost
//        │◀──the host's pause────┘  no answer: the host pauses, and is tried with one request at a time until it answers;
//        │                             where it has answered other lanes meanwhile, the lane alone pauses
//        └◀── its turn did not come (its name was not looked up): the host is tried again, and nobody is blamed
//
// Everything is bounded: what waits in a lane, for a host that is away, and in all; how old a request may become; how many are on their way, and for
// what hosts (`HostTurns`). What falls out is lost, and that is said; the oldest first, because others want to know how things stand.

/// When which request is sent, and again.
public struct DeliveryMachine: Sendable {
    public enum Answer: Hashable, Sendable {
        case taken
        /// It will not be otherwise the next time.
        case refused(String)
        /// Not now; the server may have said when.
        case busy(String, after: Duration? = nil)
        /// Nobody answered.
        case unreachable(String)
        /// It was not sent, for want of something that it has to share with others.
        case untried
    }

    public enum Event: Sendable {
        case submitted([(ticket: Int, call: HookCall)])
        case answered(Int, Answer)
        case timeIsUp
        /// What is not sent yet need not be.
        case withdrawn
    }

    public enum Effect: Sendable {
        /// With so much time for the answer.
        case send(Int, HookCall, within: Duration)
        /// It is over: told, lost, or withdrawn.
        case settle(Int, DrainMachine.Answer)
        /// `timeIsUp` after so long, beside any before.
        case wake(after: Duration)
        case say(News)
    }

    public enum News: Hashable, Sendable {
        case away(host: String, reason: String)
        case back(host: String)
        /// The host answers others.
        case hangs(HookCall, reason: String)
        /// Said of the first in a row.
        case lost(HookCall, reason: String)
        case goesOn(HookCall, lost: Int)
    }

    /// Where there are files for so many.
    public static let mostOnTheirWay = 256
    /// Open requests, above which only those wait that will soon be gone. The drain's window has room for them.
    public static let mostOpen = 4000
    static let mostInLane = 20, mostOfHostAway = 100, mostTries = 7, mostHosts = 10_000
    /// For an answer; and for that of a host that was never tried, while very many of them wait.
    static let patience = Duration.seconds(10), hurry = Duration.seconds(3)
    static let oldest = Duration.seconds(900)
    /// A server is not left alone for longer, whatever it asks: what waits would be too old by then.
    static let longestAsked = Duration.seconds(600)

    private typealias LaneKey = DeliveryLane.Key

    private struct Flight {
        var key: LaneKey
        var standing: HostTurns.Standing
        var since: MonotonicTime
        var isOfHangingLane: Bool
    }

    private var lanes: [LaneKey: DeliveryLane] = [:]
    /// Those with something to send, and of others what is known of them.
    private var hosts: [String: DeliveryHost] = [:]
    private var turns: HostTurns
    private var onTheirWay: [Int: Flight] = [:]
    private var withdrawn: Set<Int> = []
    private var paused: Set<LaneKey> = []
    private var lost: [LaneKey: Int] = [:]
    private var wakesAt: MonotonicTime?
    /// All that are not settled.
    private var open = 0
    /// In the order in which they came, with some that are over.
    private var arrivals: ArraySlice<(ticket: Int, key: LaneKey)> = []

    /// Hosts and URLs for which requests wait, and why.
    public private(set) var waits: [String: String] = [:]

    /// - Parameter places: how many requests may be on their way.
    public init(places: Int = mostOnTheirWay) { turns = HostTurns(places: places) }
    /// Why requests wait; `nil` where each host answers.
    public var obstacle: String? { Self.obstacle(waits) }

    public static func obstacle(_ waits: [String: String]) -> String? {
        guard let first = waits.min(by: { $0.key < $1.key }) else { return nil }
        return "\(first.key): \(first.value)" + (waits.count > 1 ? ", and \(waits.count - 1) more" : "")
    }

    public mutating func handle(_ event: Event, now: MonotonicTime) -> [Effect] {
        var effects: [Effect] = []
        switch event {
        case .submitted(let calls): for (ticket, call) in calls { submit(ticket, call, now, &effects) }
        case .answered(let ticket, let answer): answered(ticket, answer, now, &effects)
        case .timeIsUp:
            wakesAt = nil
            letGo(now, &effects)
            goOn(now, &effects)
        case .withdrawn: withdraw(&effects)
        }
        send(now, &effects)
        return effects
    }

    // MARK: In

    private mutating func submit(_ ticket: Int, _ call: HookCall, _ now: MonotonicTime, _ effects: inout [Effect]) {
        let key = LaneKey(job: call.job, kind: call.kind, host: "\(call.url)")
        if hosts[key.host] == nil, hosts.count >= Self.mostHosts { hosts = hosts.filter { !$0.value.isIdle } }
        if lanes[key] == nil { hosts[key.host, default: DeliveryHost()].lanes.append(key) }
        lanes[key, default: DeliveryLane()].entries.append(DeliveryLane.Entry(ticket: ticket, call: call, since: now))
        hosts[key.host]?.waiting += 1
        open += 1
        arrivals.append((ticket, key))
        if lanes[key]?.entries.count ?? 0 > Self.mostInLane { lose(key, "\(Self.mostInLane) newer ones wait", &effects) }
        if let host = hosts[key.host], host.failures > 0, host.waiting > Self.mostOfHostAway, let old = oldestLane(of: host) {
            lose(old, "\(Self.mostOfHostAway) newer ones wait for that host", &effects)
        }
        if open > Self.mostOpen { makeRoom(for: key, &effects) }
        mark(key.host)
        if let host = hosts[key.host] { turns.enqueue(key.host, host.standing) }
    }

    /// The lane whose next request, not on its way, is the oldest.
    private func oldestLane(of host: DeliveryHost) -> LaneKey? {
        host.lanes.compactMap { key in lanes[key]?.waiting.first.map { (key, $0.ticket) } }.min { $0.1 < $1.1 }?.0
    }

    /// What waits for hosts that may never answer must not fill all that there is: a lane of theirs keeps its newest then, and at last not even that.
    private mutating func makeRoom(for key: LaneKey, _ effects: inout [Effect]) {
        let reason = "more than \(Self.mostOpen) requests wait"
        if isStuck(key), lanes[key]?.waiting.count ?? 0 > 1 { return lose(key, reason, &effects) }
        while let (ticket, key) = arrivals.popFirst() {
            if lanes[key]?.waiting.first?.ticket == ticket, isStuck(key) { return lose(key, reason, &effects) }
        }
    }

    private func isStuck(_ key: LaneKey) -> Bool {
        guard let lane = lanes[key] else { return false }
        return hosts[key.host]?.standing != .proven || lane.tries > 0 || lane.hangs > 0
    }

    /// Takes the oldest of a lane that is not on its way.
    private mutating func lose(_ key: LaneKey, _ reason: String, _ effects: inout [Effect]) {
        guard let lane = lanes[key], !lane.waiting.isEmpty else { return }
        takeOut(key, at: lane.isOnItsWay ? 1 : 0, lostFor: reason, &effects)
    }

    private mutating func takeOut(_ key: LaneKey, at index: Int, lostFor reason: String?, _ effects: inout [Effect]) {
        guard let entry = lanes[key]?.entries.remove(at: index) else { return }
        hosts[key.host]?.waiting -= 1
        open -= 1
        if arrivals.count > 2 * open + 1000 { arrivals = forgotten(arrivals) }
        if let reason {
            lost[key, default: 0] += 1
            if lost[key] == 1 { effects.append(.say(.lost(entry.call, reason: reason))) }
        } else if let count = lost.removeValue(forKey: key) {
            effects.append(.say(.goesOn(entry.call, lost: count)))
        }
        // What was lost long ago is forgotten.
        if lost.count > Self.mostHosts { lost = [:] }
        effects.append(.settle(entry.ticket, .arrived))
        if index == 0 {
            lanes[key]?.tries = 0
            lanes[key]?.pauseEnd = nil
            paused.remove(key)
        }
        clean(key)
    }

    /// Without those that are over.
    private func forgotten(_ all: ArraySlice<(ticket: Int, key: LaneKey)>) -> ArraySlice<(ticket: Int, key: LaneKey)> {
        ArraySlice(all.filter { one in lanes[one.key]?.entries.contains { $0.ticket == one.ticket } ?? false })
    }

    /// Forgets what is empty. That a host is away, for which nobody waits, is nothing to say; how it was last decides how it is tried the next time.
    private mutating func clean(_ key: LaneKey) {
        if lanes[key]?.entries.isEmpty == true {
            lanes[key] = nil
            paused.remove(key)
            waits[Self.words(of: key)] = nil
            hosts[key.host]?.lanes.removeAll { $0 == key }
        }
        if hosts[key.host]?.isIdle == true { hosts[key.host]?.isSaidAway = false }
        mark(key.host)
    }

    /// Notes whether requests wait because of the host.
    private mutating func mark(_ name: String) {
        let host = hosts[name]
        waits[name] = host.flatMap { $0.failures > 0 && $0.waiting > 0 ? $0.reason : nil }
    }

    private static func words(of key: LaneKey) -> String { "\(key.host), job \(key.job)" }

    // MARK: Out

    private mutating func send(_ now: MonotonicTime, _ effects: inout [Effect]) {
        for standing in HostTurns.Standing.allCases {
            // Hosts in a row that are ready and found no place beside their others.
            var passed = 0
            while turns.hasPlace(standing), passed < turns.waiting(standing), let name = turns.next(standing) {
                guard let key = next(of: name, now), let host = hosts[name] else { continue }
                if turns.hasPlace(standing, beside: standing == .failing ? 0 : host.onTheirWay) {
                    passed = 0
                    send(key, standing, now, &effects)
                } else {
                    passed += 1
                }
                turns.enqueue(name, standing)
            }
        }
    }

    private mutating func send(_ key: LaneKey, _ standing: HostTurns.Standing, _ now: MonotonicTime, _ effects: inout [Effect]) {
        guard let lane = lanes[key], let entry = lane.entries.first else { return }
        lanes[key]?.isOnItsWay = true
        hosts[key.host]?.onTheirWay += 1
        if lane.hangs > 0 { hosts[key.host]?.hanging += 1 }
        let isHurried = standing == .fresh && turns.isCrowded
        if standing == .failing { hosts[key.host]?.probes += 1 }
        turns.take(standing)
        onTheirWay[entry.ticket] = Flight(key: key, standing: standing, since: now, isOfHangingLane: lane.hangs > 0)
        effects.append(.send(entry.ticket, entry.call, within: isHurried ? Self.hurry : Self.patience))
    }

    /// Which of its lanes has its turn.
    private func next(of name: String, _ now: MonotonicTime) -> LaneKey? {
        guard let host = hosts[name], host.takesOneMore(now) else { return nil }
        let ready = host.lanes.lazy.filter { key in
            guard let lane = lanes[key], lane.isReady(now) else { return false }
            return lane.hangs == 0 || host.hanging == 0
        }
        // Whether a host is there is seen by those that have not failed themselves.
        return host.failures > 0 ? ready.first { lanes[$0]?.hangsSince == nil } ?? ready.first : ready.first
    }

    /// Whose pauses are over has a turn again; for the others it is to be woken.
    private mutating func goOn(_ now: MonotonicTime, _ effects: inout [Effect]) {
        let ended = paused.filter { (lanes[$0]?.pauseEnd ?? now) <= now }
        paused.subtract(ended)
        let waiting = hosts.filter { $0.value.waiting > 0 && $0.value.probes == 0 && $0.value.pauseEnd > .init(nanoseconds: .min) }
        let ready = waiting.filter { $0.value.pauseEnd <= now }.sorted { ($0.value.pauseEnd, $0.key) < ($1.value.pauseEnd, $1.key) }
        for name in ready.map(\.key) + Set(ended.map(\.host)).sorted() { if let host = hosts[name] { turns.enqueue(name, host.standing) } }
        let next = paused.compactMap { lanes[$0]?.pauseEnd } + waiting.map(\.value.pauseEnd).filter { $0 > now }
        if let end = next.min() { wake(at: end, now, &effects) }
    }

    private mutating func wake(at end: MonotonicTime, _ now: MonotonicTime, _ effects: inout [Effect]) {
        guard wakesAt.map({ end < $0 }) ?? true else { return }
        wakesAt = end
        effects.append(.wake(after: max(.milliseconds(1), end - now)))
    }

    private mutating func answered(_ ticket: Int, _ answer: Answer, _ now: MonotonicTime, _ effects: inout [Effect]) {
        guard let flight = onTheirWay.removeValue(forKey: ticket) else { return }
        let key = flight.key
        turns.free(flight.standing)
        lanes[key]?.isOnItsWay = false
        hosts[key.host]?.onTheirWay -= 1
        if flight.isOfHangingLane { hosts[key.host]?.hanging -= 1 }
        if flight.standing == .failing { hosts[key.host]?.probes -= 1 }
        // The others' turn comes first.
        if let index = hosts[key.host]?.lanes.firstIndex(of: key) {
            hosts[key.host]?.lanes.remove(at: index)
            hosts[key.host]?.lanes.append(key)
        }
        switch answer {
        case .unreachable(let reason): isSilent(flight, reason, now, &effects)
        case .untried: hosts[key.host]?.pauseEnd = now + .seconds(1)
        case .taken, .refused, .busy: isThere(key, now, &effects)
        }
        let isWithdrawn = withdrawn.remove(ticket) != nil
        switch answer {
        case .taken: takeOut(key, at: 0, lostFor: nil, &effects)
        case .refused(let reason): takeOut(key, at: 0, lostFor: reason, &effects)
        case .busy where isWithdrawn, .unreachable where isWithdrawn, .untried where isWithdrawn: callBack(key, keeping: 0, &effects)
        case .busy(let reason, let asked): isBusy(key, reason, asked ?? .zero, now, &effects)
        case .unreachable, .untried: break
        }
        guard let host = hosts[key.host] else { return }
        if host.waiting > 0, host.pauseEnd > now { wake(at: host.pauseEnd, now, &effects) }
        turns.enqueue(key.host, host.standing)
    }

    private mutating func isBusy(_ key: LaneKey, _ reason: String, _ asked: Duration, _ now: MonotonicTime, _ effects: inout [Effect]) {
        lanes[key]?.tries += 1
        let tries = lanes[key]?.tries ?? 0
        guard tries < Self.mostTries else { return takeOut(key, at: 0, lostFor: "\(reason), \(tries) times", &effects) }
        pause(key, for: max(DeliveryHost.pause(after: tries), min(asked, Self.longestAsked)), now, &effects)
    }

    private mutating func pause(_ key: LaneKey, for length: Duration, _ now: MonotonicTime, _ effects: inout [Effect]) {
        lanes[key]?.pauseEnd = now + length
        paused.insert(key)
        wake(at: now + length, now, &effects)
    }

    /// No answer: where the host has given others one since this lane has none, it is the lane's; else the host's.
    private mutating func isSilent(_ flight: Flight, _ reason: String, _ now: MonotonicTime, _ effects: inout [Effect]) {
        let key = flight.key
        let since = lanes[key]?.hangsSince ?? flight.since
        lanes[key]?.hangsSince = since
        guard let host = hosts[key.host] else { return }
        guard host.hasAnswered(after: since) else { return isAway(key.host, reason, now, &effects) }
        lanes[key]?.hangs += 1
        waits[Self.words(of: key)] = reason
        if let call = lanes[key]?.entries.first?.call, hosts[key.host]?.hangs(now) == true {
            effects.append(.say(.hangs(call, reason: reason)))
        }
        pause(key, for: DeliveryHost.pause(after: lanes[key]?.hangs ?? 1), now, &effects)
    }

    private mutating func isAway(_ name: String, _ reason: String, _ now: MonotonicTime, _ effects: inout [Effect]) {
        let isNews = hosts[name]?.isAway(reason, now) ?? false
        mark(name)
        if isNews { effects.append(.say(.away(host: name, reason: reason))) }
    }

    private mutating func isThere(_ key: LaneKey, _ now: MonotonicTime, _ effects: inout [Effect]) {
        lanes[key]?.hangs = 0
        lanes[key]?.hangsSince = nil
        waits[Self.words(of: key)] = nil
        let isNews = hosts[key.host]?.isThere(now) ?? false
        mark(key.host)
        if isNews { effects.append(.say(.back(host: key.host))) }
    }

    // MARK: What waited too long, or for nothing

    private mutating func letGo(_ now: MonotonicTime, _ effects: inout [Effect]) {
        for (key, lane) in lanes {
            let old = lane.waiting.prefix { now - $0.since > Self.oldest }
            for _ in old { lose(key, "it was not taken for \(Self.oldest.wholeSeconds / 60) minutes", &effects) }
        }
    }

    private mutating func withdraw(_ effects: inout [Effect]) {
        withdrawn.formUnion(onTheirWay.keys)
        for (key, lane) in lanes { callBack(key, keeping: lane.isOnItsWay ? 1 : 0, &effects) }
    }

    private mutating func callBack(_ key: LaneKey, keeping count: Int, _ effects: inout [Effect]) {
        guard let lane = lanes[key] else { return }
        let entries = lane.entries.dropFirst(count)
        for entry in entries { effects.append(.settle(entry.ticket, .calledBack)) }
        hosts[key.host]?.waiting -= entries.count
        open -= entries.count
        lanes[key]?.entries.removeLast(entries.count)
        clean(key)
    }
}
