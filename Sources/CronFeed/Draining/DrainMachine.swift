public import CronJobs

// From the store to a broker: at least once, each job's events in their order. Facts are read on from a cursor that lies in the store, and it moves
// behind a fact once each of its events has arrived.
//
//    away ──broker is there──▶ attending ──ours──▶ learning ──notes──▶ draining ⇄ reading, telling, advancing
//      ▲                        │  ▲ another's: ask again later          │ an event did not arrive, the store failed, the place is another's
//      │                        │  └──────────── wait ◀── retreating ◀───┘
//      └────── broker is gone ◀─┴──────────────────────────── │
//
// Retreating: what is still on its way is called back, and what has arrived up to there is noted. Then all begins again at the cursor. So an event never
// overtakes one before it: what was behind it is sent again behind it, under the same id.
//
// Where events go to many, who keep their own order (`isForMany`), one of them that hangs must not have all others told again: what has arrived behind
// an event that has not is remembered (`ToldMark`), and noted now and then, and at the end, for the next life.
//
// What was read and not told is in memory up to `window` events. All else waits in the store, which keeps `Fact.bound` facts at least; what it had to
// drop before it was read is told as one event, `gap`.

/// What a drain of facts does next.
public struct DrainMachine: Sendable {
    public enum Event: Sendable {
        /// The broker takes messages, or not.
        case broker(isThere: Bool)
        /// Something may have been decided.
        case woken
        case place(ConsumerPlace)
        case notes([String: String])
        case page(FactPage, outputs: [Int64: String])
        /// What became of an event. `isCalledBack`: it was not sent, because nobody wanted it sent any more.
        case answered(Int, Answer)
        case advanced(Bool)
        /// A question to the store failed.
        case failed(String)
        case timeIsUp
        case stop
    }

    public enum Answer: Hashable, Sendable {
        case arrived
        case missing(String)
        case calledBack
    }

    public enum Effect: Sendable {
        case attend(known: Int64?)
        case learn
        case read(after: Int64, limit: Int)
        case tell([(ticket: Int, event: FeedEvent)])
        /// What is not sent yet need not be.
        case callBack
        case advance(from: Int64, to: Int64, notes: [String: String?])
        case leave
        /// `timeIsUp` after so long; instead of any before.
        case wake(after: Duration)
        case say(News)
    }

    public enum News: Hashable, Sendable {
        /// Events wait in the store, because of that.
        case waits(String)
        case goesOn
        case gap(Int)
    }

    enum Stage: Hashable, Sendable {
        case away, attending, learning, draining, retreating, waiting, stopped
    }

    /// Events that are on their way at once; and facts that are read at once.
    public static let window = 1000, windowForMany = 5000, page = 500
    private static let longestWait = Duration.seconds(60)
    /// After so many arrivals that the cursor could not pass, they are noted.
    static let notedEach = 100

    private(set) var stage = Stage.away
    private let isShared: Bool
    private let tellsEach: Bool
    private let isForMany: Bool
    private var isBrokerThere = false
    /// Where the store has us; `nil` before the first word of it.
    private var cursor: Int64?
    private var readTo: Int64 = 0
    private var transitions = Transitions()
    private var queue = DrainQueue()
    /// What was told behind the cursor.
    private var told: ToldMark?
    private var arrivals = 0
    private var isReading = false
    private var isAdvancing = false
    /// There may be more than was read.
    private var hasMore = false
    /// Facts that are gone are told with the next one that is there.
    private var lost: Int?
    private var hasGap = false
    private var failures = 0
    private var said: String?
    private var beats = 0

    /// - Parameters:
    ///   - isShared: other nodes decide, too, and may go on where this one stands.
    ///   - tellsEach: each end is an event, whatever `notify=` says.
    ///   - isForMany: events go to receivers of their own: what one has not got holds nothing back from others, nor is it told to them again.
    public init(isShared: Bool, tellsEach: Bool = false, isForMany: Bool = false) {
        (self.isShared, self.tellsEach, self.isForMany) = (isShared, tellsEach, isForMany)
    }

    /// Nothing is on its way, nor known to wait.
    public var isIdle: Bool { stage != .draining || queue.isEmpty && !isReading && !isAdvancing && !hasMore }

    /// Jobs that are failing, as far as was read: whether the table still has them is asked after a change of it.
    public var failing: [JobID] { transitions.failing }

    /// - Parameter jobs: what the table in use has of the jobs of a page, and of those that are failing.
    public mutating func handle(_ event: Event, jobs: FeedJobs = FeedJobs()) -> [Effect] {
        var effects: [Effect] = []
        if stage == .stopped { return [] }
        switch event {
        case .broker(let isThere): changed(isThere, &effects)
        case .woken:
            hasMore = true
        case .place(let place): heard(place, &effects)
        case .notes(let notes): learnt(notes, &effects)
        case .page(let page, let outputs): read(page, outputs, jobs, &effects)
        case .answered(let ticket, let answer): answered(ticket, answer, &effects)
        case .advanced(let isDone): advanced(isDone, &effects)
        case .failed(let reason): storeFailed(reason, &effects)
        case .timeIsUp: timeIsUp(&effects)
        case .stop: stop(&effects)
        }
        goOn(&effects)
        return effects
    }

    // MARK: Whose turn it is

    private mutating func changed(_ isThere: Bool, _ effects: inout [Effect]) {
        isBrokerThere = isThere
        switch (isThere, stage) {
        case (true, .away): attend(&effects)
        case (false, .draining): retreat(nil, &effects)
        case (false, .waiting):
            stage = .away
            effects.append(.leave)
        default: break
        }
    }

    private mutating func attend(_ effects: inout [Effect]) {
        (stage, beats) = (.attending, 0)
        effects.append(.attend(known: cursor))
    }

    private mutating func heard(_ place: ConsumerPlace, _ effects: inout [Effect]) {
        switch (place, stage) {
        case (.at(let cursor, let lost), .attending):
            self.cursor = cursor
            self.lost = hasGap || lost > 0 ? lost : nil
            (readTo, hasMore, hasGap) = (cursor, true, false)
            stage = .learning
            effects.append(.learn)
        case (.heldBy, .attending): wait(.seconds(5), &effects)
        case (.heldBy, .draining): retreat(nil, &effects)
        default: break
        }
    }

    private mutating func learnt(_ notes: [String: String], _ effects: inout [Effect]) {
        guard stage == .learning else { return }
        transitions = Transitions(notes: notes, tellsEach: tellsEach)
        if isForMany, let noted = notes[ToldMark.note].flatMap({ ToldMark($0) }) { told = told?.joined(with: noted) ?? noted }
        stage = isBrokerThere ? .draining : .away
        if !isBrokerThere { effects.append(.leave) }
    }

    private mutating func wait(_ length: Duration, _ effects: inout [Effect]) {
        stage = .waiting
        effects.append(.wake(after: length))
    }

    private mutating func timeIsUp(_ effects: inout [Effect]) {
        switch stage {
        case .waiting where isBrokerThere: attend(&effects)
        case .waiting:
            stage = .away
            effects.append(.leave)
        case .draining where isShared:
            hasMore = true
            beats += 1
            if beats % 5 == 0 { effects.append(.attend(known: cursor)) }
            effects.append(.wake(after: .seconds(1)))
        default: break
        }
    }

    // MARK: Reading and telling

    private mutating func read(_ page: FactPage, _ outputs: [Int64: String], _ jobs: FeedJobs, _ effects: inout [Effect]) {
        isReading = false
        guard stage == .draining else { return }
        if page.hasGap, lost == nil {
            // How many they are is known once all that was read is noted.
            hasGap = true
            return
        }
        hasMore = hasMore || !page.facts.isEmpty
        var tickets: [(ticket: Int, event: FeedEvent)] = []
        for fact in page.facts {
            var (events, notes) = transitions.take(fact, jobs: jobs)
            if let output = outputs[fact.number] {
                for index in events.indices where events[index].outcome != nil { events[index].output = output }
            }
            if told?.contains(fact.number) == true { events = [] }
            if let lost {
                events.insert(Transitions.gap(lost, before: fact), at: 0)
                effects.append(.say(.gap(lost)))
                self.lost = nil
            }
            tickets += zip(queue.append(fact.number, events: events.count, notes: notes), events).map { ($0, $1) }
        }
        readTo = page.cursor
        if !tickets.isEmpty { effects.append(.tell(tickets)) }
    }

    private mutating func answered(_ ticket: Int, _ answer: Answer, _ effects: inout [Effect]) {
        queue.settle(ticket, arrived: answer == .arrived)
        switch answer {
        case .arrived: arrivals += 1
        case .missing(let reason): retreat(isBrokerThere ? reason : nil, &effects)
        case .calledBack: retreat(nil, &effects)
        }
    }

    private mutating func advanced(_ isDone: Bool, _ effects: inout [Effect]) {
        isAdvancing = false
        guard isDone else { return retreat(nil, &effects) }
        failures = 0
        if said != nil { effects.append(.say(.goesOn)) }
        said = nil
    }

    private mutating func storeFailed(_ reason: String, _ effects: inout [Effect]) {
        (isReading, isAdvancing) = (false, false)
        switch stage {
        case .attending, .learning:
            say(reason, &effects)
            wait(backoff(), &effects)
        case .draining: retreat(reason, &effects)
        case .away, .retreating, .waiting, .stopped: break
        }
    }

    // MARK: Retreating

    private mutating func retreat(_ reason: String?, _ effects: inout [Effect]) {
        guard stage == .draining else { return }
        if let reason { say(reason, &effects) }
        stage = .retreating
        effects.append(.callBack)
    }

    private mutating func say(_ reason: String, _ effects: inout [Effect]) {
        if said != reason { effects.append(.say(.waits(reason))) }
        said = reason
    }

    private mutating func backoff() -> Duration {
        defer { failures = min(failures + 1, 6) }
        return min(.seconds(1 << failures), Self.longestWait)
    }

    private mutating func stop(_ effects: inout [Effect]) {
        if stage == .draining { effects.append(.callBack) }
        if stage == .draining || stage == .retreating, !isAdvancing, let cursor {
            let last = takeTold()
            remember()
            if last != nil || told != nil {
                var notes = last?.notes ?? [:]
                if let told { notes[ToldMark.note] = told.text }
                effects.append(.advance(from: cursor, to: last?.number ?? cursor, notes: notes))
            }
        }
        if stage != .away { effects.append(.leave) }
        stage = .stopped
    }

    /// Takes the facts that are told, with what is to be noted of them.
    private mutating func takeTold() -> (number: Int64, notes: [String: String?])? {
        guard var taken = queue.takeTold() else { return nil }
        if let told, told.end <= taken.number {
            self.told = nil
            taken.notes[ToldMark.note] = .some(nil)
        }
        return taken
    }

    private mutating func remember() {
        guard isForMany, let mark = queue.mark else { return }
        told = told?.joined(with: mark) ?? mark
    }

    /// What follows from where it stands, after each event.
    private mutating func goOn(_ effects: inout [Effect]) {
        if stage == .draining || stage == .retreating, !isAdvancing, let cursor, let last = takeTold() {
            (isAdvancing, arrivals) = (true, 0)
            self.cursor = last.number
            effects.append(.advance(from: cursor, to: last.number, notes: last.notes))
        }
        if isForMany, stage == .draining, !isAdvancing, arrivals >= Self.notedEach, let cursor {
            remember()
            (isAdvancing, arrivals) = (true, 0)
            effects.append(.advance(from: cursor, to: cursor, notes: [ToldMark.note: told?.text]))
        }
        switch stage {
        case .draining where hasGap:
            if queue.isEmpty, !isAdvancing, !isReading { attend(&effects) }
        case .draining where hasMore && !isReading && queue.open < (isForMany ? Self.windowForMany : Self.window):
            (isReading, hasMore) = (true, false)
            if isShared, beats == 0 {
                beats = 1
                effects.append(.wake(after: .seconds(1)))
            }
            effects.append(.read(after: readTo, limit: Self.page))
        case .retreating where queue.open == 0 && !isAdvancing && !isReading:
            remember()
            queue.clear()
            wait(isBrokerThere ? backoff() : .zero, &effects)
        default: break
        }
    }
}
