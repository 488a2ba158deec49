internal import CronEngine
public import CronExpressions
public import CronHandlers
public import CronJobs
public import CronScheduler
internal import Synchronization

// Schedulers on clocks that a test moves. Time passes from one thing that happens to the next: a year of a nightly job is 365 leaps. After each leap
// all schedulers come to rest: the engine sleeps, runs have ended or wait for the test, outcomes are written.
//
//     advance(by:)   every fire time on the way happens at its time
//     suspend(for:)  the process stands still meanwhile: the clocks leap, and what was due then is late
//     step(by:)      the wall clock is set, as an administrator or NTP does; no time passes
//
// A run that is to last waits for the test: `sleep(for:)` by the manual clock, or at a `Gate`.

/// A stage for schedulers in tests.
///
/// ```swift
/// let rehearsal = Rehearsal()
/// let scheduler = try await rehearsal.start()
/// try await scheduler.add("tick", .every(.seconds(30))) { _ in }
/// await rehearsal.advance(by: .minutes(5))
/// #expect(rehearsal.runs(of: "tick").count == 10, "\(rehearsal.picture)")
/// ```
public final class Rehearsal: Sendable {
    private struct Member: Sendable {
        var name: String
        var scheduler: Scheduler
        var waker: LateWaker
        /// How many of its runs wait for the test.
        var resting = 0
        /// Its process is gone: nothing that it still does is seen.
        var isGone = false
    }

    /// Which member a run is of.
    @TaskLocal private static var member: Int?

    private struct State {
        var members: [Member] = []
        var moments: [Moment] = []
    }

    /// An event, when and of which scheduler.
    public struct Moment: Sendable {
        public var at: WallTime
        public var scheduler: String
        public var event: JobEvent
    }

    /// 2027-01-01T00:00:00Z
    public static let beginning = Instant(1_798_761_600)

    public let clocks: ManualClocks
    private let alarm: ManualAlarm
    private let state = Mutex(State())

    public init(at instant: Instant = Rehearsal.beginning) {
        clocks = ManualClocks(wall: WallTime(instant))
        alarm = ManualAlarm(clocks)
    }

    // MARK: Schedulers

    /// A scheduler on this stage; its own zone is UTC unless another is configured.
    public func scheduler(
        _ name: String = "a", store: StoreSource = .memory, handlers: Handlers = [], configuration: Scheduler.Configuration = .init()
    ) -> Scheduler {
        var configuration = configuration
        if configuration.zone == nil { configuration.zone = .utc }
        if configuration.name == Scheduler.Configuration().name { configuration.name = name }
        let waker = LateWaker(clocks), wrap = configuration.wrap, place = members.count
        configuration.wrap = { context, body in
            try await Self.$member.withValue(place) { if let wrap { try await wrap(context, body) } else { try await body(context) } }
        }
        // What nobody needs to look at by itself in a test is looked at when the test moves the clock.
        let never = Duration.seconds(1000 * 365 * 86_400 as Int64)
        let time = TimeSource(
            clocks: clocks, alarm: alarm,
            rhythm: .init(housekeeping: .seconds(200 * 365 * 86_400 as Int64), longestSleep: never, claimsAhead: false)
        ) { _ in waker.made() }
        let scheduler = Scheduler(store: store, handlers: handlers, configuration: configuration, time: time)
        state.withLock { $0.members.append(Member(name: name, scheduler: scheduler, waker: waker)) }
        scheduler.tap { [weak self] event in self?.note(event, of: name, place) }
        return scheduler
    }

    private func note(_ event: JobEvent, of name: String, _ place: Int) {
        let moment = Moment(at: clocks.wall, scheduler: name, event: event)
        state.withLock { state in if !state.members[place].isGone { state.moments.append(moment) } }
    }

    /// A scheduler that is started.
    public func start(
        _ name: String = "a", store: StoreSource = .memory, handlers: Handlers = [], configuration: Scheduler.Configuration = .init(),
        paused: Bool = false
    ) async throws -> Scheduler {
        let scheduler = scheduler(name, store: store, handlers: handlers, configuration: configuration)
        try await scheduler.start(paused: paused)
        await rest()
        return scheduler
    }

    /// The process of a scheduler is gone at once, as by kill -9: its runs have no end that anybody hears of. What it shares with others must be cut
    /// off from it before (`MemoryFleet.cut`).
    public func crash(_ scheduler: Scheduler) async {
        await rest()
        let gone = state.withLock { state -> (name: String, place: Int)? in
            guard let place = state.members.firstIndex(where: { $0.scheduler === scheduler && !$0.isGone }) else { return nil }
            return (state.members[place].name, place)
        }
        guard let gone else { return }
        note(.schedulerEnded, of: gone.name, gone.place)
        state.withLock { $0.members[gone.place].isGone = true }
        // Its tasks end when they next wait for something; a process's end there and then.
        Task { await scheduler.shutdown(patience: .zero) }
    }

    // MARK: Time

    public var now: Instant { clocks.wall.instant }

    /// Lets time pass; what is due on the way happens at its time.
    public func advance(by duration: Duration) async { await advance(to: clocks.wall + duration) }

    public func advance(to instant: Instant) async { await advance(to: WallTime(instant)) }

    private func advance(to end: WallTime) async {
        await rest()
        while clocks.wall < end {
            // What is due and waits for something else is no reason to stand still.
            let next = max(await nextTime(end), clocks.wall + .milliseconds(1))
            clocks.advance(by: min(next, end) - clocks.wall)
            await rest()
        }
    }

    /// The process stands still for so long: nothing happens meanwhile.
    public func suspend(for duration: Duration) async {
        await rest()
        clocks.advance(by: duration)
        await rest()
    }

    /// Sets the wall clock.
    public func step(by duration: Duration) async {
        await rest()
        clocks.step(by: duration)
        await rest()
    }

    private func nextTime(_ end: WallTime) async -> WallTime {
        var next = end
        if let ring = alarm.next { next = min(next, clocks.wall + (ring - clocks.monotonic)) }
        for member in members where !member.isGone {
            guard await member.scheduler.isRunning, let parts = await member.scheduler.opened else { continue }
            if let deadline = member.waker.waker?.deadline { next = min(next, deadline) }
            if let shared = parts.ledger.shared { next = min(next, clocks.wall + shared.renewalInterval) }
        }
        return next
    }

    private var members: [Member] { state.withLock { $0.members } }

    /// Returns when every scheduler has done all that there is to do now.
    public func rest() async {
        var isQuiet = false
        while !isQuiet {
            isQuiet = true
            for (place, member) in members.enumerated() where !member.isGone {
                if await !rest(member, place) { isQuiet = false }
            }
        }
    }

    /// True if nothing came up meanwhile.
    private func rest(_ member: Member, _ place: Int) async -> Bool {
        guard let parts = await member.scheduler.opened else { return true }
        let started = await parts.runner.startedCount
        await alarm.waitUntilDone()
        await sleeps(member)
        await parts.runner.waitUntilQuiet { [weak self] in self?.state.withLock { $0.members[place].resting } ?? 0 }
        await parts.engine.settle()
        await member.scheduler.keepHouse()
        await sleeps(member)
        return await parts.runner.startedCount == started
    }

    private func sleeps(_ member: Member) async {
        if await member.scheduler.isRunning { _ = await member.waker.waker?.waitUntilAsleep() }
    }

    // MARK: In runs

    /// Takes so long, by the manual clock; for handlers.
    public func sleep(for duration: Duration) async throws(CancellationError) {
        let end = clocks.monotonic + duration
        await resting { await alarm.wait(until: end) }
        if Task.isCancelled { throw CancellationError() }
    }

    /// Waits until the test opens the gate; for handlers.
    public func wait(at gate: Gate) async { await resting { await gate.wait() } }

    private func resting(_ wait: () async -> Void) async {
        guard let place = Self.member else { return await wait() }
        let scheduler = state.withLock { state in
            state.members[place].resting += 1
            return state.members[place].scheduler
        }
        await scheduler.opened?.runner.lookAgain()
        await wait()
        state.withLock { $0.members[place].resting -= 1 }
    }

    // MARK: What happened

    public var moments: [Moment] { state.withLock { $0.moments } }

    public func events(_ kinds: JobEvent.Kind..., of job: JobID? = nil) -> [JobEvent] {
        moments.map(\.event).filter { (kinds.isEmpty || kinds.contains($0.kind)) && (job == nil || $0.job == job) }
    }

    /// The runs of a job that have ended, in the order of their ends.
    public func runs(of job: JobID) -> [RunReport] {
        events(of: job).compactMap { event in
            switch event {
            case .runSucceeded(let run), .runFailed(let run), .runTimedOut(let run), .runCancelled(let run): run
            default: nil
            }
        }
    }

    /// All that happened, on one line, for failure messages: `+` added, `▶` started, `✓` succeeded, `✗` failed, `⧖` timed out, `◼` cancelled,
    /// `·` missed, `–` skipped, `⏹` a scheduler has ended.
    public var picture: String { SchedulePicture.line(moments) }

    /// The same, of one job.
    public func picture(of job: JobID) -> String {
        SchedulePicture.line(moments.filter { $0.event.job == job || $0.event == .schedulerEnded })
    }
}

/// The waker of a scheduler that has yet to be opened.
final class LateWaker: Sendable {
    private let clocks: ManualClocks
    private let kept = Mutex<ManualWaker?>(nil)

    init(_ clocks: ManualClocks) { self.clocks = clocks }

    func made() -> ManualWaker {
        let waker = ManualWaker(clocks)
        kept.withLock { $0 = waker }
        return waker
    }

    var waker: ManualWaker? { kept.withLock { $0 } }
}
