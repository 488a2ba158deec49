// tidy: helper
internal import CronExpressions
@testable internal import CronFeed
internal import CronJobs

/// A store with facts, a broker that may go at any moment, and one or two drains between them, in an order that dice decide.
struct DrainModel {
    struct Drain {
        var machine: DrainMachine
        var isBrokerThere = false
        /// Questions to the store that are not answered yet.
        var asked: [DrainMachine.Effect] = []
        /// Events that are on their way, in their order.
        var flying: [(ticket: Int, event: FeedEvent)] = []
        var hasAlarm = false
        var said: [DrainMachine.News] = []
    }

    let source = FeedSource(service: "s", store: "0")
    let jobs = FeedJobs(
        Dictionary(
            ["a", "b", "c"].map { (JobID($0), Making.job($0, notify: .every)) }, uniquingKeysWith: { $1 }))
    var dice: any RandomNumberGenerator
    var drains: [Drain]
    var facts: [Fact] = []
    var cursor: Int64?
    var notes: [String: String] = [:]
    var holder: Int?
    /// How many of the oldest are gone.
    var dropped = 0
    /// Ids, as the broker got them.
    var delivered: [String] = []
    var last: Int64 = 0

    private let isForMany: Bool

    /// - Parameter isForMany: events arrive in any order, and drains end in between and begin anew.
    init(seed: UInt64, drains: Int, isForMany: Bool = false) {
        dice = SplitMix(state: seed)
        self.isForMany = isForMany
        self.drains = (0..<drains).map { _ in Drain(machine: DrainMachine(isShared: drains > 1, isForMany: isForMany)) }
    }

    struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    mutating func roll(_ count: Int) -> Int { Int.random(in: 0..<count, using: &dice) }

    mutating func decide() {
        last += Int64(1 + roll(3))
        let outcomes: [Outcome] = [.succeeded, .failed(.exit(1)), .missed(1)]
        facts.append(Making.ended(last, ["a", "b", "c"][roll(3)], outcomes[roll(3)]))
    }

    mutating func handle(_ index: Int, _ event: DrainMachine.Event) {
        for effect in drains[index].machine.handle(event, jobs: jobs) {
            switch effect {
            case .attend, .learn, .read, .advance, .leave: drains[index].asked.append(effect)
            case .tell(let events): drains[index].flying += events
            case .callBack:
                // What is not sent yet comes back; what is sent may arrive all the same.
                let all = drains[index].flying, sent = roll(all.count + 1)
                drains[index].flying = []
                delivered += all[..<sent].map { source.id(of: $0.event) }
                for (ticket, _) in all { handle(index, .answered(ticket, .calledBack)) }
            case .wake: drains[index].hasAlarm = true
            case .say(let news): drains[index].said.append(news)
            }
        }
    }

    /// Something happens to a drain.
    mutating func step(_ index: Int, faults: Bool) {
        if isForMany, faults, roll(40) == 0 { return restart(index) }
        switch roll(faults ? 12 : 8) {
        case 0: handle(index, .woken)
        case 1, 2, 3: answerStore(index, fails: faults && roll(12) == 0)
        case 4, 5, 6: confirm(index)
        case 7:
            if drains[index].hasAlarm {
                drains[index].hasAlarm = false
                handle(index, .timeIsUp)
            }
        case 8: loseBroker(index)
        case 9:
            drains[index].isBrokerThere = true
            handle(index, .broker(isThere: true))
        case 10: refuse(index)
        default: decide()
        }
    }

    private mutating func confirm(_ index: Int) {
        guard !drains[index].flying.isEmpty, drains[index].isBrokerThere else { return }
        let place = isForMany ? roll(drains[index].flying.count) : 0
        let (ticket, event) = drains[index].flying.remove(at: place)
        delivered.append(source.id(of: event))
        handle(index, .answered(ticket, .arrived))
    }

    /// Its life ends in order; what was on its way comes to nothing.
    private mutating func restart(_ index: Int) {
        drains[index].asked = []
        for effect in drains[index].machine.handle(.stop, jobs: jobs) { _ = answer(effect, index) }
        drains[index] = Drain(machine: DrainMachine(isShared: drains.count > 1, isForMany: true))
    }

    /// The broker got some of what was on its way, and said nothing.
    private mutating func loseBroker(_ index: Int) {
        let all = drains[index].flying, sent = roll(all.count + 1)
        drains[index].flying = []
        drains[index].isBrokerThere = false
        delivered += all[..<sent].map { source.id(of: $0.event) }
        for (ticket, _) in all { handle(index, .answered(ticket, .calledBack)) }
        handle(index, .broker(isThere: false))
    }

    private mutating func refuse(_ index: Int) {
        guard let (ticket, _) = drains[index].flying.first else { return }
        // A broker that says so about one has not got those behind it.
        drains[index].flying.removeFirst()
        let rest = drains[index].flying
        drains[index].flying = []
        handle(index, .answered(ticket, .missing("404")))
        for (ticket, _) in rest { handle(index, .answered(ticket, .calledBack)) }
    }

    private mutating func answerStore(_ index: Int, fails: Bool) {
        guard !drains[index].asked.isEmpty else { return }
        let question = drains[index].asked.removeFirst()
        // Whether a question that failed was heard is not known.
        let isHeard = !fails || roll(2) == 0
        let answer = isHeard ? answer(question, index) : nil
        if fails { handle(index, .failed("store")) } else if let answer { handle(index, answer) }
    }

    private mutating func answer(_ question: DrainMachine.Effect, _ index: Int) -> DrainMachine.Event? {
        switch question {
        case .attend(let known):
            if let holder, holder != index { return .place(.heldBy("\(holder)")) }
            holder = index
            cursor = cursor ?? known ?? 0
            let gone = facts[..<dropped].filter { $0.number > cursor ?? 0 }.count
            return .place(.at(cursor ?? 0, lost: gone))
        case .learn: return .notes(notes)
        case .read(let after, let limit):
            let found = facts[dropped...].filter { $0.number > after }.prefix(min(limit, 1 + roll(4)))
            let hasGap = dropped > 0 && facts[dropped - 1].number > after
            return .page(FactPage(facts: Array(found), after: after, hasGap: hasGap), outputs: [:])
        case .advance(let from, let to, let changes):
            guard holder == index, cursor == from else { return .advanced(false) }
            cursor = to
            for (name, text) in changes { notes[name] = text }
            return .advanced(true)
        case .leave:
            if holder == index { holder = nil }
            return nil
        case .tell, .callBack, .wake, .say: return nil
        }
    }

    /// All is well from now on: what is there is told, within so many steps.
    mutating func settle() -> Bool {
        for _ in 0..<40_000 {
            if cursor == facts.last?.number, drains.allSatisfy({ $0.flying.isEmpty && $0.asked.isEmpty }) { return true }
            let index = roll(drains.count)
            if !drains[index].isBrokerThere {
                drains[index].isBrokerThere = true
                handle(index, .broker(isThere: true))
            }
            step(index, faults: false)
        }
        return false
    }
}
