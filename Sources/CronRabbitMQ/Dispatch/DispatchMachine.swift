internal import CronJobs

// Attempts on their way to workers, as a value: what happens goes in, what is to be done comes out. `DispatchRunner` does it.
//
//    waits ──send──▶ sending ──confirmed──▶ sent ──a worker started it──▶ let go
//      ▲ backoff        │ returned, refused,   │ rejected by workers,
//      └────────────────┴ unconfirmed ◀────────┘ or given back too often: a dead letter
//    any ──start deadline, cancel──▶ taking back ──ours──▶ finished, as undelivered or cancelled
//                                        └── somebody else's: let go
//
// The ledger decides, the queue carries. A message may be lost, come twice or late: whoever wants to start or to end the attempt passes the start gate
// first, which lets one pass. So sending again is harmless, and nothing is finished here that a worker may have started.
//
// Dead letters go to any of the replicas. Who gets one of another's attempts looks whether it still waits, sends it again then, and ends it at its deadline;
// the owner waits a moment longer, so that the reason is the better one. What does not wait any more, or was forged, goes round no further.

/// Decides when messages to workers are sent, sent again and given up.
struct DispatchMachine: Sendable {
    struct Key: Hashable, Sendable {
        var run: RunID
        var attempt: Int

        init(_ letter: Letter) { (run, attempt) = (letter.run, letter.attempt) }
    }

    enum TakenBack: Hashable, Sendable {
        /// Nobody has started it, and nobody can any more.
        case ours
        /// Started or decided by somebody else.
        case elsewhere
        /// The store does not say.
        case unknown
    }

    enum Event: Sendable {
        case wanted(Letter)
        case delivered(Letter, Delivery)
        /// A dead letter; `wasRejected`: a worker does not have its job, else it came back too often.
        case cameBack(Letter, wasRejected: Bool)
        case cancelled(RunID, Outcome)
        case takenBack(Letter, TakenBack)
        /// Whether an attempt still waits for workers; `nil`: the store does not say.
        case looked(Letter, stillWaits: Bool?)
        case letGo(Set<RunID>)
        /// There is a connection again.
        case connected
        case time
        case stop
    }

    enum Effect: Hashable, Sendable {
        case send(Letter)
        case takeBack(Letter)
        /// Does it still wait for workers? To be answered.
        case look(Letter)
        /// It has its outcome; `isOwn`: by the one who claimed it, else it is written down from here.
        case finish(Letter, Outcome, reason: String?, isOwn: Bool)
    }

    private enum Stage: Hashable, Sendable {
        case waits(until: WallTime)
        case sending
        case sent
        case looking
        case takingBack(Outcome, asked: Bool, again: WallTime)
    }

    private struct Obstacle: Sendable {
        var word: String
        var reason: String?
        /// Workers said so: it stays until one of them has it.
        var isOfWorkers = false
    }

    private struct Item: Sendable {
        var letter: Letter
        var isOwn: Bool
        var stage: Stage
        var obstacle: Obstacle?
    }

    /// So much longer the owner waits for whoever has the last dead letter.
    static let margin = Duration.seconds(1)
    /// So many of other replicas' attempts are kept; the owners see to the rest.
    static let mostOfOthers = 10_000
    static let retryInterval = Duration.seconds(1)

    private var items: [Key: Item] = [:]
    private var others = 0
    private var isStopped = false

    var isEmpty: Bool { items.isEmpty }
    var runs: [RunID] { items.values.lazy.filter(\.isOwn).map(\.letter.run) }

    func has(_ run: RunID) -> Bool { items.values.contains { $0.isOwn && $0.letter.run == run } }

    static func backoff(after sent: Int) -> Duration { .seconds(min(30, 1 << min(max(0, sent - 1), 5))) }

    mutating func handle(_ event: Event, at now: WallTime) -> [Effect] {
        switch event {
        case .wanted(let letter): return want(letter)
        case .delivered(let letter, let delivery): return delivered(letter, delivery, now)
        case .cameBack(let letter, let wasRejected): return cameBack(letter, wasRejected: wasRejected, now)
        case .cancelled(let run, let outcome): return cancel(run, outcome, now)
        case .takenBack(let letter, let answer): return takenBack(letter, answer, now)
        case .looked(let letter, let stillWaits): return looked(letter, stillWaits, now)
        case .letGo(let runs):
            for (key, item) in items where item.isOwn && runs.contains(key.run) { remove(key) }
            return []
        case .connected:
            let waiting = items.filter { if case .waits = $0.value.stage { $0.value.obstacle?.isOfWorkers != true } else { false } }
            return waiting.values.sorted { $0.letter.fence < $1.letter.fence }.flatMap { send(Key($0.letter)) }
        case .time: return look(now)
        case .stop:
            isStopped = true
            (items, others) = ([:], 0)
            return []
        }
    }

    // MARK: Letters

    private mutating func want(_ letter: Letter) -> [Effect] {
        if isStopped { return [] }
        let key = Key(letter)
        remove(key)
        items[key] = Item(letter: letter, isOwn: true, stage: .sending)
        return [.send(letter)]
    }

    private mutating func send(_ key: Key) -> [Effect] {
        guard var item = items[key] else { return [] }
        item.stage = .sending
        item.letter.sent += 1
        items[key] = item
        return [.send(item.letter)]
    }

    private mutating func remove(_ key: Key) {
        guard let item = items.removeValue(forKey: key) else { return }
        if !item.isOwn { others -= 1 }
    }

    /// The item that a letter is about; `nil` where that is not there any more, or has another fence by now.
    private func item(of letter: Letter) -> Item? {
        guard let item = items[Key(letter)], item.letter.fence == letter.fence else { return nil }
        return item
    }

    private mutating func delivered(_ letter: Letter, _ delivery: Delivery, _ now: WallTime) -> [Effect] {
        guard let item = item(of: letter), item.stage == .sending else { return [] }
        let key = Key(letter)
        if case .confirmed = delivery {
            // If it comes back once more, whoever gets it sees to it.
            if !item.isOwn { remove(key) }
            items[key]?.stage = .sent
            if item.obstacle?.isOfWorkers != true { items[key]?.obstacle = nil }
            return []
        }
        if item.obstacle?.isOfWorkers != true {
            items[key]?.obstacle = Obstacle(word: delivery.wordForWorkers, reason: delivery.reason)
        }
        items[key]?.stage = .waits(until: now + Self.backoff(after: item.letter.sent))
        return []
    }

    private mutating func cameBack(_ letter: Letter, wasRejected: Bool, _ now: WallTime) -> [Effect] {
        if isStopped { return [] }
        let key = Key(letter)
        var item: Item
        if let known = items[key] {
            // An older copy, or one that is being ended.
            guard known.letter.fence == letter.fence, known.stage == .sent || known.stage == .sending else { return [] }
            item = known
        } else {
            guard others < Self.mostOfOthers else { return [] }
            others += 1
            item = Item(letter: letter, isOwn: false, stage: .sent)
        }
        item.letter.sent = max(letter.sent, item.letter.sent)
        item.obstacle =
            wasRejected
            ? Obstacle(
                word: "no worker has it", reason: "no worker of pool \(letter.pool) has this job in its table as it is here",
                isOfWorkers: true)
            : Obstacle(
                word: "workers gave it back",
                reason: "workers of pool \(letter.pool) took it \(WorkQueues.deliveryLimit) times and did not start it",
                isOfWorkers: true)
        item.stage = .waits(until: now + Self.backoff(after: letter.sent + 1))
        items[key] = item
        return []
    }

    // MARK: Ends

    private mutating func cancel(_ run: RunID, _ outcome: Outcome, _ now: WallTime) -> [Effect] {
        items.filter { $0.value.isOwn && $0.key.run == run }.flatMap { takeBack($0.key, as: outcome, now) }
    }

    private mutating func takeBack(_ key: Key, as outcome: Outcome, _ now: WallTime) -> [Effect] {
        guard let item = items[key] else { return [] }
        if case .takingBack(let first, _, _) = item.stage {
            items[key]?.stage = .takingBack(first, asked: true, again: now + Self.retryInterval)
        } else {
            items[key]?.stage = .takingBack(outcome, asked: true, again: now + Self.retryInterval)
        }
        return [.takeBack(item.letter)]
    }

    private mutating func takenBack(_ letter: Letter, _ answer: TakenBack, _ now: WallTime) -> [Effect] {
        guard let item = item(of: letter), case .takingBack(let outcome, _, _) = item.stage else { return [] }
        let key = Key(letter)
        switch answer {
        case .ours:
            remove(key)
            return [.finish(letter, outcome, reason: item.obstacle?.reason, isOwn: item.isOwn)]
        case .elsewhere:
            remove(key)
            return []
        case .unknown:
            items[key]?.stage = .takingBack(outcome, asked: false, again: now + Self.retryInterval)
            return []
        }
    }

    private mutating func look(_ now: WallTime) -> [Effect] {
        let due = items.values.filter { isDue($0, now) }
        return due.sorted { $0.letter.fence < $1.letter.fence }.flatMap { item in
            switch item.stage {
            case .takingBack(let outcome, _, _): takeBack(Key(item.letter), as: outcome, now)
            case _ where isOver(item, now): takeBack(Key(item.letter), as: .undelivered(item.obstacle?.word ?? "expired"), now)
            case .waits where !item.isOwn: lookFor(Key(item.letter))
            case .waits, .sending, .sent, .looking: send(Key(item.letter))
            }
        }
    }

    private mutating func lookFor(_ key: Key) -> [Effect] {
        guard let item = items[key] else { return [] }
        items[key]?.stage = .looking
        return [.look(item.letter)]
    }

    private mutating func looked(_ letter: Letter, _ stillWaits: Bool?, _ now: WallTime) -> [Effect] {
        guard let item = item(of: letter), item.stage == .looking else { return [] }
        switch stillWaits {
        case nil: items[Key(letter)]?.stage = .waits(until: now + Self.retryInterval)
        case true?: return send(Key(letter))
        case false?: remove(Key(letter))
        }
        return []
    }

    private func isDue(_ item: Item, _ now: WallTime) -> Bool {
        switch item.stage {
        case .takingBack(_, let asked, let again): !asked && again <= now
        case .waits(let until): until <= now || isOver(item, now)
        case .sending, .sent: isOver(item, now)
        case .looking: false
        }
    }

    private func isOver(_ item: Item, _ now: WallTime) -> Bool {
        guard let deadline = item.letter.deadline else { return false }
        return (item.isOwn && item.obstacle?.isOfWorkers != true ? deadline + Self.margin : deadline) < now
    }
}

extension Delivery {
    /// Why a message to workers is not in their queue, in a word for the history.
    var wordForWorkers: String {
        switch self {
        case .confirmed: "expired"
        case .undelivered: word
        case .unconfirmed, .unsent: "no broker"
        }
    }
}
