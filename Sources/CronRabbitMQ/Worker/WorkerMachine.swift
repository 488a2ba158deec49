public import CronJobs

// A worker's decisions, as a value: what a queue gives it goes in, what is to be done comes out. Whoever has it starts the attempts, with the same
// supervision as those of a table, and reports them to the ledger.
//
//    message ─▶ a letter, of this pool? ─▶ the job is in our table, as its sender has it? ─▶ held ─▶ a free slot ─▶ the start gate ─▶ accepted, started
//                  │ no                        │ no                                       │ full for a moment     │ not ours to start
//                  ▼                           ▼                                          ▼                       ▼
//               rejected                    rejected: the dispatcher sends it again    given back              accepted, and forgotten
//
// Invariants
//  * Nothing starts that has not passed the gate, and the gate lets each attempt pass once: a message that is forged, or comes twice or late, starts
//    nothing that is not queued for this pool.
//  * A message is accepted when the ledger has us as the owner, or somebody else: from then on the ledger answers for the attempt, not the queue. With
//    ack=completion it is kept until the attempt has ended; the ledger answers for it all the same.
//  * At most `slots` attempts are being started or run. What is held beyond them goes back after a moment, and no more is asked for until a slot is free:
//    another worker may be idle.

/// Decides what a worker does with the messages of its pool.
public struct WorkerMachine: Sendable {
    public enum Event: Sendable {
        /// - Parameter job: as this worker's table has it under the letter's id.
        case delivered(Delivered, Letter?, job: Job?)
        /// What the gate answered; `nil`: nobody can tell now.
        case answered(Letter, StartAnswer?)
        /// A run that was started has ended.
        case ended(RunID, attempt: Int)
        /// The connection ended: what was not settled is the broker's again.
        case lost
        case time
        case stop
    }

    /// Why a message did not start anything.
    public enum Refusal: Hashable, Sendable {
        /// No letter of this version, or one for another pool.
        case notALetter
        /// The table does not have the job.
        case noJob(Letter)
        /// The table has another job under that id.
        case otherJob(Letter)
        /// Somebody else has the attempt, or had it.
        case notOurs(Letter, StartAnswer)
        /// Its start deadline had passed before it came.
        case tooLate(Letter)
    }

    public enum Effect: Sendable {
        case settle(Delivered.ID, Settlement)
        /// May it start? To be answered.
        case ask(Letter)
        /// We have it: start it.
        case start(Letter, Job)
        /// We have it, and it is too late: that is its outcome.
        case expire(Letter)
        case consume(Bool)
        case refused(Refusal)
    }

    private struct Name: Hashable {
        var run: RunID
        var attempt: Int

        init(_ run: RunID, _ attempt: Int) { (self.run, self.attempt) = (run, attempt) }
        init(_ letter: Letter) { self.init(letter.run, letter.attempt) }
    }

    private struct Held {
        /// `nil` once its connection has ended.
        var message: Delivered.ID?
        var letter: Letter
        var job: Job
    }

    private struct Going {
        /// To be accepted when the attempt has ended; `nil` where it was at once, and once its connection has ended.
        var message: Delivered.ID?
    }

    /// What is held while all slots are taken goes back after so long.
    static let patience = Duration.milliseconds(300)
    static let retryInterval = Duration.seconds(1)

    public let pool: String
    public let slots: Int
    private var held: [Held] = []
    private var asking: [Name: Held] = [:]
    private var running: [Name: Going] = [:]
    private var isConsuming = true
    private var isStopping = false
    /// Since when something is held that has no slot.
    private var fullSince: MonotonicTime?
    /// The store did not answer: it is asked again then.
    private var notBefore: MonotonicTime?

    public init(pool: String, slots: Int) {
        self.pool = pool
        self.slots = max(1, slots)
    }

    /// How many attempts run.
    public var going: Int { running.count }
    /// Nothing is asked about any more: all that will ever start has started.
    public var isSettled: Bool { asking.isEmpty }

    private var free: Int { slots - running.count - asking.count }

    /// When `time` is to be told next; `nil` is never.
    public var nextLook: MonotonicTime? {
        if held.isEmpty { return nil }
        if let notBefore { return notBefore }
        return fullSince.map { $0 + Self.patience }
    }

    public mutating func handle(_ event: Event, at now: Moment) -> [Effect] {
        switch event {
        case .delivered(let message, let letter, let job): return take(message, letter, job, now)
        case .answered(let letter, let answer): return answered(letter, answer, now)
        case .ended(let run, let attempt):
            let message = running.removeValue(forKey: Name(run, attempt))?.message
            return (message.map { [.settle($0, .accept)] } ?? []) + proceed(now)
        case .lost:
            held = []
            for name in asking.keys { asking[name]?.message = nil }
            for name in running.keys { running[name]?.message = nil }
            fullSince = nil
            return []
        case .time: return proceed(now)
        case .stop:
            isStopping = true
            return [.consume(false)] + giveBack()
        }
    }

    /// The moment at which something happens, on both clocks; the wall clock is the ledger's.
    public struct Moment: Sendable {
        public var wall: WallTime
        public var monotonic: MonotonicTime

        public init(wall: WallTime, monotonic: MonotonicTime) {
            self.wall = wall
            self.monotonic = monotonic
        }
    }

    // MARK: Messages

    private mutating func take(_ message: Delivered, _ letter: Letter?, _ job: Job?, _ now: Moment) -> [Effect] {
        func reject(_ reason: Refusal) -> [Effect] { [.settle(message.id, .reject), .refused(reason)] }
        guard let letter, letter.pool == pool else { return reject(.notALetter) }
        guard let job, job.policies.values.pool == pool else { return reject(.noJob(letter)) }
        guard job.workMark == letter.jobMark else { return reject(.otherJob(letter)) }
        let name = Name(letter)
        // It was sent again under a new fence while we ask about the old one: the answer to that means nothing for it.
        if let one = asking[name], one.letter.fence < letter.fence { return [.settle(message.id, .giveBack)] }
        if running[name] != nil || asking[name] != nil { return takeCopy(message.id, name, job) }
        if isStopping || !isConsuming && free <= held.count { return [.settle(message.id, .giveBack)] }
        held.append(Held(message: message.id, letter: letter, job: job))
        return proceed(now)
    }

    /// A copy of what we have. The first one answers for it, unless that went with its connection and somebody has to answer still: the ledger, as long
    /// as it is asked, or with ack=completion the run.
    private mutating func takeCopy(_ message: Delivered.ID, _ name: Name, _ job: Job) -> [Effect] {
        if let one = asking[name], one.message == nil {
            asking[name]?.message = message
            return []
        }
        if job.policies.values.acknowledgement == .completion, let one = running[name], one.message == nil {
            running[name]?.message = message
            return []
        }
        return [.settle(message, .accept)]
    }

    private mutating func proceed(_ now: Moment) -> [Effect] {
        var effects: [Effect] = []
        if let notBefore, notBefore > now.monotonic { return [] }
        notBefore = nil
        while free > 0, !held.isEmpty, !isStopping {
            let next = held.removeFirst(), name = Name(next.letter)
            if asking[name] != nil || running[name] != nil {
                if let message = next.message { effects += takeCopy(message, name, next.job) }
                continue
            }
            asking[name] = next
            effects.append(.ask(next.letter))
        }
        if held.isEmpty { fullSince = nil } else if fullSince == nil { fullSince = now.monotonic }
        if let since = fullSince, now.monotonic - since >= Self.patience, isConsuming {
            isConsuming = false
            effects += [.consume(false)] + giveBack()
        }
        if free > 0, !isConsuming, !isStopping {
            isConsuming = true
            effects.append(.consume(true))
        }
        return effects
    }

    private mutating func giveBack() -> [Effect] {
        let back = held.compactMap { one in one.message.map { Effect.settle($0, .giveBack) } }
        held = []
        fullSince = nil
        return back
    }

    // MARK: The gate

    private mutating func answered(_ letter: Letter, _ answer: StartAnswer?, _ now: Moment) -> [Effect] {
        let name = Name(letter)
        guard let one = asking.removeValue(forKey: name), one.letter.fence == letter.fence else { return [] }
        guard let answer else { return unanswered(one, now) }
        var settled = one.message.map { [Effect.settle($0, .accept)] } ?? []
        guard answer == .go else { return settled + [.refused(.notOurs(letter, answer))] + proceed(now) }
        if letter.isTooLate(now.wall) { return settled + [.expire(letter), .refused(.tooLate(letter))] + proceed(now) }
        let keeps = one.job.policies.values.acknowledgement == .completion
        running[name] = Going(message: keeps ? one.message : nil)
        if keeps { settled = [] }
        return settled + [.start(letter, one.job)] + proceed(now)
    }

    /// The store is away: what came is kept, for as long as the connection lasts. What lost its connection comes again.
    private mutating func unanswered(_ one: Held, _ now: Moment) -> [Effect] {
        guard let message = one.message else { return [] }
        if isStopping { return [.settle(message, .giveBack)] }
        held.insert(one, at: 0)
        notBefore = now.monotonic + Self.retryInterval
        return []
    }
}
