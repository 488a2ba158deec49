public import CronJobs

// Requests on their way to others' servers, which may be slow, broken or gone. One request of a job and kind at a time, so that an end never overtakes
// its start; all else side by side, and what one server does costs the others nothing.
//
//     waiting ──a place──▶ on its way ──2xx──▶ settled                                   a job's requests: a lane
//        ▲                     │ ├──3xx, 4xx────▶ lost: it would not be otherwise the next time
//        │◀──the lane's pause──┘ ├──5xx, 408, 429: the lane pauses, as long as the server asks, seven times at most, then it is lost
//        │◀──the host's pause────┘  no answer: the host pauses, and is tried with one request at a time until it answers
//
// Everything is bounded: what waits in a lane and for a host that is away, how old a request may become, how many are on their way. What falls out is
// lost, and that is said; the oldest first, because others want to know how things stand.

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
    }

    public enum Event: Sendable {
        case submitted([(ticket: Int, call: HookCall)])
        case answered(Int, Answer)
        case timeIsUp
        /// What is not sent yet need not be.
        case withdrawn
    }

    public enum Effect: Sendable {
        case send(Int, HookCall)
        /// It is over: told, lost, or withdrawn.
        case settle(Int, DrainMachine.Answer)
        /// `timeIsUp` after so long, beside any before.
        case wake(after: Duration)
        case say(News)
    }

    public enum News: Hashable, Sendable {
        case away(host: String, reason: String)
        case back(host: String)
        /// Said of the first in a row.
        case lost(HookCall, reason: String)
        case goesOn(HookCall, lost: Int)
    }

    static let mostOnTheirWay = 16, mostOfHost = 4, mostInLane = 20, mostOfHostAway = 100, mostTries = 7
    static let longestPause = Duration.seconds(60), oldest = Duration.seconds(900)
    /// A server is not left alone for longer, whatever it asks: what waits would be too old by then.
    static let longestAsked = Duration.seconds(600)

    private struct LaneKey: Hashable {
        var job: JobID
        var kind: HookCall.Kind
        var host: String
    }

    private struct Entry {
        var ticket: Int
        var call: HookCall
        var since: MonotonicTime
    }

    private struct Lane {
        var entries: [Entry] = []
        /// The first is.
        var isOnItsWay = false
        var tries = 0
        var pauseEnd: MonotonicTime?
    }

    private struct Host {
        /// Those with something to send, in turn.
        var lanes: [LaneKey] = []
        var onTheirWay = 0
        var waiting = 0
        /// In a row, without an answer.
        var failures = 0
        var reason = ""
        var pauseEnd = MonotonicTime(nanoseconds: .min)
    }

    private var lanes: [LaneKey: Lane] = [:]
    private var hosts: [String: Host] = [:]
    private var onTheirWay: [Int: LaneKey] = [:]
    private var withdrawn: Set<Int> = []
    private var paused: Set<LaneKey> = []
    private var lost: [LaneKey: Int] = [:]
    private var wakesAt: MonotonicTime?

    public init() {}

    /// Why requests wait; `nil` where each host answers.
    public var obstacle: String? {
        hosts.filter { $0.value.failures > 0 }.min { $0.key < $1.key }.map { "\($0.key): \($0.value.reason)" }
    }

    public mutating func handle(_ event: Event, now: MonotonicTime) -> [Effect] {
        var effects: [Effect] = []
        switch event {
        case .submitted(let calls): for (ticket, call) in calls { submit(ticket, call, now, &effects) }
        case .answered(let ticket, let answer): answered(ticket, answer, now, &effects)
        case .timeIsUp:
            wakesAt = nil
            letGo(now, &effects)
        case .withdrawn: withdraw(&effects)
        }
        send(now, &effects)
        return effects
    }

    // MARK: In

    private mutating func submit(_ ticket: Int, _ call: HookCall, _ now: MonotonicTime, _ effects: inout [Effect]) {
        let key = LaneKey(job: call.job, kind: call.kind, host: "\(call.url)")
        if lanes[key] == nil { hosts[key.host, default: Host()].lanes.append(key) }
        lanes[key, default: Lane()].entries.append(Entry(ticket: ticket, call: call, since: now))
        hosts[key.host]?.waiting += 1
        if lanes[key]?.entries.count ?? 0 > Self.mostInLane { lose(key, "\(Self.mostInLane) newer ones wait", &effects) }
        if let host = hosts[key.host], host.failures > 0, host.waiting > Self.mostOfHostAway, let old = oldestLane(of: key.host) {
            lose(old, "\(Self.mostOfHostAway) newer ones wait for that host", &effects)
        }
    }

    /// The lane whose next request, not on its way, is the oldest.
    private func oldestLane(of host: String) -> LaneKey? {
        let ours = lanes.lazy.filter { $0.key.host == host }
        return ours.compactMap { key, lane in lane.entries.dropFirst(lane.isOnItsWay ? 1 : 0).first.map { (key, $0.ticket) } }
            .min { $0.1 < $1.1 }?.0
    }

    /// Takes the oldest of a lane that is not on its way.
    private mutating func lose(_ key: LaneKey, _ reason: String, _ effects: inout [Effect]) {
        guard let lane = lanes[key], lane.entries.count > (lane.isOnItsWay ? 1 : 0) else { return }
        takeOut(key, at: lane.isOnItsWay ? 1 : 0, lostFor: reason, &effects)
    }

    private mutating func takeOut(_ key: LaneKey, at index: Int, lostFor reason: String?, _ effects: inout [Effect]) {
        guard let entry = lanes[key]?.entries.remove(at: index) else { return }
        hosts[key.host]?.waiting -= 1
        if let reason {
            lost[key, default: 0] += 1
            if lost[key] == 1 { effects.append(.say(.lost(entry.call, reason: reason))) }
        } else if let count = lost.removeValue(forKey: key) {
            effects.append(.say(.goesOn(entry.call, lost: count)))
        }
        // What was lost long ago is forgotten.
        if lost.count > 1000 { lost = [:] }
        effects.append(.settle(entry.ticket, .arrived))
        if index == 0 {
            lanes[key]?.tries = 0
            lanes[key]?.pauseEnd = nil
            paused.remove(key)
        }
        clean(key)
    }

    /// Forgets what is empty. Of a host that nobody waits for it is not known either whether it is away.
    private mutating func clean(_ key: LaneKey) {
        if lanes[key]?.entries.isEmpty == true {
            lanes[key] = nil
            paused.remove(key)
            hosts[key.host]?.lanes.removeAll { $0 == key }
        }
        if let host = hosts[key.host], host.waiting == 0, host.onTheirWay == 0 { hosts[key.host] = nil }
    }

    // MARK: Out

    private mutating func send(_ now: MonotonicTime, _ effects: inout [Effect]) {
        paused = paused.filter { (lanes[$0]?.pauseEnd ?? now) > now }
        for name in hosts.keys.sorted() {
            while onTheirWay.count < Self.mostOnTheirWay, let key = next(of: name, now), let entry = lanes[key]?.entries.first {
                lanes[key]?.isOnItsWay = true
                hosts[name]?.onTheirWay += 1
                onTheirWay[entry.ticket] = key
                effects.append(.send(entry.ticket, entry.call))
            }
        }
        if let end = nextPauseEnd(now), wakesAt.map({ end < $0 }) ?? true {
            wakesAt = end
            effects.append(.wake(after: max(.milliseconds(1), end - now)))
        }
    }

    /// Whose turn it is.
    private func next(of name: String, _ now: MonotonicTime) -> LaneKey? {
        guard let host = hosts[name], host.pauseEnd <= now, host.onTheirWay < (host.failures > 0 ? 1 : Self.mostOfHost) else { return nil }
        return host.lanes.first { lanes[$0]?.isOnItsWay == false && !paused.contains($0) }
    }

    private func nextPauseEnd(_ now: MonotonicTime) -> MonotonicTime? {
        let ofLanes = paused.compactMap { lanes[$0]?.pauseEnd }
        let ofHosts = hosts.values.filter { $0.failures > 0 && $0.waiting > 0 && $0.onTheirWay == 0 }.map(\.pauseEnd)
        return (ofLanes + ofHosts).filter { $0 > now }.min()
    }

    private mutating func answered(_ ticket: Int, _ answer: Answer, _ now: MonotonicTime, _ effects: inout [Effect]) {
        guard let key = onTheirWay.removeValue(forKey: ticket) else { return }
        lanes[key]?.isOnItsWay = false
        hosts[key.host]?.onTheirWay -= 1
        // The others' turn comes first.
        if let index = hosts[key.host]?.lanes.firstIndex(of: key) {
            hosts[key.host]?.lanes.remove(at: index)
            hosts[key.host]?.lanes.append(key)
        }
        if case .unreachable(let reason) = answer { isAway(key.host, reason, now, &effects) } else { isThere(key.host, &effects) }
        let isWithdrawn = withdrawn.remove(ticket) != nil
        switch answer {
        case .taken: takeOut(key, at: 0, lostFor: nil, &effects)
        case .refused(let reason): takeOut(key, at: 0, lostFor: reason, &effects)
        case .busy where isWithdrawn, .unreachable where isWithdrawn: callBack(key, keeping: 0, &effects)
        case .busy(let reason, let asked): pause(key, reason, asked ?? .zero, now, &effects)
        case .unreachable: break
        }
    }

    private mutating func pause(_ key: LaneKey, _ reason: String, _ asked: Duration, _ now: MonotonicTime, _ effects: inout [Effect]) {
        lanes[key]?.tries += 1
        let tries = lanes[key]?.tries ?? 0
        guard tries < Self.mostTries else { return takeOut(key, at: 0, lostFor: "\(reason), \(tries) times", &effects) }
        lanes[key]?.pauseEnd = now + max(Self.pause(after: tries), min(asked, Self.longestAsked))
        paused.insert(key)
    }

    private mutating func isAway(_ name: String, _ reason: String, _ now: MonotonicTime, _ effects: inout [Effect]) {
        guard var host = hosts[name] else { return }
        // Several may have been on their way.
        if now >= host.pauseEnd || host.failures == 0 {
            host.failures += 1
            host.pauseEnd = now + Self.pause(after: host.failures)
        }
        if host.failures == 1, host.reason.isEmpty { effects.append(.say(.away(host: name, reason: reason))) }
        host.reason = reason
        hosts[name] = host
    }

    private mutating func isThere(_ name: String, _ effects: inout [Effect]) {
        guard var host = hosts[name], host.failures > 0 else { return }
        (host.failures, host.reason, host.pauseEnd) = (0, "", MonotonicTime(nanoseconds: .min))
        hosts[name] = host
        effects.append(.say(.back(host: name)))
    }

    private static func pause(after failures: Int) -> Duration { min(.seconds(1 << min(max(0, failures - 1), 10)), longestPause) }

    // MARK: What waited too long, or for nothing

    private mutating func letGo(_ now: MonotonicTime, _ effects: inout [Effect]) {
        for (key, lane) in lanes {
            let old = lane.entries.dropFirst(lane.isOnItsWay ? 1 : 0).prefix { now - $0.since > Self.oldest }
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
        lanes[key]?.entries.removeLast(entries.count)
        clean(key)
    }
}
