internal import CronDaemon
internal import CronExpressions
internal import CronJobs
internal import Glibc
internal import LinuxEvents

// Waiting for the end of a run, wherever it goes on.
//
// Events tell of the runs of the asked service, at once. What another replica runs, and what this program was too slow for, is in the store: it
// is looked up now and then. An attempt that failed is the end of the run unless another follows: a further attempt is announced in the same
// moment, or stands in the store a while later.
//
// A service that is asked each second and says nothing for long is stopped: nobody waits for it without end.
//
//     going ──finished──▶ was it the last? ──yes──▶ ended
//       ▲                        │ it may be tried again
//       └──retry, started────────┘ nothing of that for a while ──▶ ended

/// Waits until a run has ended.
final class RunWaiting {
    struct End {
        var outcome: Outcome
        var attempt: Int
    }

    enum Result {
        case ended(End)
        /// The person let go of it.
        case detached
        /// The service cannot tell any more, or does not.
        case lost(ControlRefusal)
    }

    private static let look = Duration.seconds(1)
    /// How long the last of the output is waited for behind the end.
    private static let rest = Duration.seconds(2)
    /// How long after a failed attempt a further one is announced, by events and by the store.
    private static let patience = (told: Duration.seconds(3), recorded: Duration.seconds(20))
    private static let silence = Duration.seconds(30)

    private let loop: EventLoop
    private let path: String
    private let listener: ControlStream
    private let clocks = HostClocks()
    private var run: SteeredRun
    private var signals: SignalWatch?
    /// Answers false where the wait goes on after Ctrl-C.
    private let interrupted: () -> Bool
    /// Told of what happens meanwhile.
    private let tell: (ControlEvent) -> Void

    private var last: End?
    /// When the last attempt is taken for the end of the run.
    private var deadline: MonotonicTime?
    private var asked: (stream: ControlStream, watch: Watch)?
    private var parts: [ControlPart] = []
    private var heard: MonotonicTime
    private var result: Result?
    /// What the run writes, where somebody wants to see it; the last of it may come after its end.
    private var output: (stream: ControlStream, watch: Watch)?
    /// The last attempt whose output was followed: what has been shown is not shown again.
    private var followed = 0
    var show: ((ControlPart) -> Void)?
    /// Told once, where it lasts longer than most do.
    var lasts: (() -> Void)?
    private static let usual = Duration.seconds(1)

    /// - Parameter listener: events since before the run was asked for.
    init(
        _ run: SteeredRun, _ listener: ControlStream, path: String, interrupted: @escaping () -> Bool = { true },
        tell: @escaping (ControlEvent) -> Void = { _ in }
    ) throws(SystemError) {
        loop = try EventLoop()
        self.run = run
        self.listener = listener
        self.path = path
        heard = clocks.monotonic
        self.interrupted = interrupted
        self.tell = tell
    }

    /// What is told of the end of a run.
    static var query: EventQuery {
        var filter = EventFilter()
        filter.kinds = [.started, .finished, .retry, .skipped, .ending]
        return EventQuery(filter)
    }

    func wait() throws(SystemError) -> Result {
        signals = try SignalWatch(loop: loop, signals: [SIGINT, SIGTERM, SIGHUP]) { [unowned self] signal in
            if signal.number != SIGINT || interrupted() { end(.detached) }
        }
        try loop.watch(listener.descriptor, .readable) { [unowned self] _ in listen() }
        tick()
        if let lasts { loop.after(Self.usual) { [unowned self] in if result == nil { lasts() } } }
        loop.run()
        return result ?? .detached
    }

    private func end(_ result: Result) {
        if self.result == nil { self.result = result }
        guard case .ended = result, output != nil else { return loop.stop() }
        loop.after(Self.rest) { [unowned self] in loop.stop() }
    }

    // MARK: What it writes

    /// Where it cannot be followed, the run is waited for all the same.
    private func followOutput(_ attempt: Int) {
        guard show != nil, output == nil, attempt > followed else { return }
        let choice = RunChoice("\(run.run)", attempt: attempt)
        guard let stream = (try? ControlStream(.output(choice, follows: true), at: path, within: nil)) ?? nil,
            let watch = try? loop.watch(stream.descriptor, .readable, { [unowned self] _ in takeOutput() })
        else { return }
        (output, followed) = ((stream, watch), attempt)
    }

    private func takeOutput() {
        guard let output else { return }
        let parts = try? output.stream.take()
        for part in parts ?? [] { show?(part) }
        guard parts == nil || output.stream.isEnded else { return }
        loop.unwatch(output.watch)
        self.output = nil
        if case .ended = result { loop.stop() }
    }

    // MARK: What is told

    private func listen() {
        heard = clocks.monotonic
        do {
            for case .event(let event) in try listener.take() where event.run == run.run {
                tell(event)
                hear(event)
            }
            if listener.isEnded { end(.lost(ControlRefusal("the service ended while \(run.run) went on"))) }
        } catch {
            end(.lost(error))
        }
    }

    private func hear(_ event: ControlEvent) {
        let attempt = event.attempt ?? 1
        switch event.kind {
        case .started:
            deadline = nil
            followOutput(attempt)
        case .finished: if let outcome = event.outcome { note(End(outcome: outcome, attempt: attempt), patience: Self.patience.told) }
        case .retry: if attempt > last?.attempt ?? 0 { deadline = nil }
        case .skipped: if let outcome = event.outcome { end(.ended(End(outcome: outcome, attempt: attempt))) }
        default: break
        }
    }

    private func note(_ end: End, patience: Duration) {
        guard end.attempt >= last?.attempt ?? 0 else { return }
        last = end
        if !end.outcome.mayBeTriedAgain || end.attempt >= run.attempts { return self.end(.ended(end)) }
        if deadline == nil { deadline = clocks.monotonic + patience }
    }

    // MARK: What is recorded

    private func tick() {
        loop.after(Self.look) { [unowned self] in
            let now = clocks.monotonic
            if let deadline, now >= deadline, let last { return end(.ended(last)) }
            if now - heard >= Self.silence { return end(.lost(.silent(at: path, for: Self.silence))) }
            ask()
            tick()
        }
    }

    private func ask() {
        guard asked == nil else { return }
        var query = RunQuery()
        query.jobs = [run.run.job]
        do {
            guard let stream = try ControlStream(.runs(query), at: path, within: nil) else {
                // Its socket is gone; the listener tells whether it is, too.
                heard = clocks.monotonic
                return
            }
            let watch = try loop.watch(stream.descriptor, .readable) { [unowned self] _ in receive() }
            asked = (stream, watch)
        } catch {
            // It is asked again; where the service is gone, the listener says so.
        }
    }

    private func receive() {
        guard let asked else { return }
        do {
            parts += try asked.stream.take()
            guard asked.stream.isEnded else { return }
        } catch {
            parts = []
        }
        loop.unwatch(asked.watch)
        self.asked = nil
        heard = clocks.monotonic
        let found = parts.compactMap { if case .run(let found) = $0, found.run == run.run { found } else { nil } }
        parts = []
        guard let newest = found.max(by: { $0.attempt < $1.attempt }) else { return }
        // Of what another host started no event comes.
        if newest.startedAt != nil { followOutput(newest.attempt) }
        guard let outcome = newest.outcome else {
            if newest.attempt > last?.attempt ?? 0 { deadline = nil }
            return
        }
        if newest.attempt > last?.attempt ?? 0 { note(End(outcome: outcome, attempt: newest.attempt), patience: Self.patience.recorded) }
    }
}

extension Outcome {
    /// A further attempt may follow, if the job has one.
    var mayBeTriedAgain: Bool { isFailure }

    /// What a program leaves with that waited for it. Where the run has none of its own, one of ours.
    var exitCode: Int32 {
        switch self {
        case .succeeded: 0
        case .failed(.exit(let code)): code
        case .failed(.signal(let number)): 128 + number
        case .failed(.outOfMemory): 128 + SIGKILL
        case .timedOut: 124
        case .launchFailed: 126
        case .skipped: 75
        case .cancelled, .replaced: 128 + SIGTERM
        case .missed, .interrupted, .undelivered, .unconfirmed, .unknownAdopted: 69
        }
    }
}
