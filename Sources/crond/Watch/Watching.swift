internal import CronDaemon
internal import CronExpressions
internal import CronJobs
internal import Glibc
internal import LinuxEvents

// A person watches a service: one stream of events, and beside it one question at a time about what events do not tell.
//
//     opened ──event──▶ drawn, at most 5 times a second          tick, each second ──▶ drawn; asked again what may be old
//        │
//        └── q, Ctrl-C, TERM, HUP ──▶ terminal given back, ended           the stream's end ──▶ the same, and said
//
// The event loop is the only thread with state. Nothing waits for the service: where it does not answer, that is shown.

/// The life of `crond watch` from its first event on.
final class Watching {
    private static let frames = Duration.milliseconds(200)
    /// How old answers may become while nothing happens; and how long they last at least, where much does.
    private static let age = (service: Duration.seconds(5), jobs: Duration.seconds(15), least: Duration.seconds(1))
    private static let silence = Duration.seconds(3)
    private static let failed: Set<String> = ["failed", "timedOut", "launchFailed", "interrupted", "missed", "undelivered", "unconfirmed"]
    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT]

    private let loop: EventLoop
    private let path: String
    private let screen: FullScreen
    private let zone: Zone
    private let clocks = HostClocks()
    private var state = WatchState()
    private var listener: ControlStream
    private var signalWatch: SignalWatch?
    private var frame: TimerToken?

    /// The question that is open, and what has come of its answer.
    private var asked: (stream: ControlStream, watch: Watch, since: MonotonicTime)?
    private var parts: [ControlPart] = []
    private var answeredAt: (service: MonotonicTime?, jobs: MonotonicTime?)
    private var isOld = (service: true, jobs: true, runs: true)
    private var ending: (code: Int32, message: String?)?

    init(_ listener: ControlStream, path: String, zone: Zone, isColored: Bool) throws(SystemError) {
        loop = try EventLoop()
        self.listener = listener
        self.path = path
        self.zone = zone
        screen = FullScreen(loop: loop, isColored: isColored)
    }

    /// Until somebody or the service ends it; answers the exit code, and what is to be said.
    func run() throws(SystemError) -> (code: Int32, message: String?) {
        signalWatch = try SignalWatch(loop: loop, signals: Self.signals) { [unowned self] in take($0) }
        try loop.watch(listener.descriptor, .readable) { [unowned self] _ in listen() }
        // Anything but a terminal, or a closed one, gives no keys.
        if isatty(0) == 1 { _ = try? loop.watch(0, .readable) { [unowned self] _ in readKeys() } }
        screen.take()
        draw()
        tick()
        loop.run()
        screen.give()
        return ending ?? (0, nil)
    }

    private func end(_ code: Int32, _ message: String? = nil) {
        if ending == nil { ending = (code, message) }
        loop.stop()
    }

    // MARK: What comes

    private func take(_ signal: ReceivedSignal) {
        switch signal.number {
        case SIGWINCH: draw()
        case SIGCONT:
            screen.take()
            draw()
        default: end(128 + signal.number)
        }
    }

    private func readKeys() {
        var keys = [UInt8](repeating: 0, count: 256)
        let got = read(0, &keys, keys.count)
        if got < 0, errno == EINTR || errno == EAGAIN { return }
        guard got > 0 else { return end(0) }
        // What begins with an escape is a key without a letter, such as an arrow.
        guard keys[0] != 0x1B else { return }
        if keys[..<got].contains(where: { [UInt8(ascii: "q"), UInt8(ascii: "Q"), 4].contains($0) }) { end(0) }
    }

    private func listen() {
        do {
            for part in try listener.take() {
                switch part {
                case .event(let event): hear(event)
                case .gap(let count):
                    state.lose(count)
                    isOld = (true, true, true)
                default: break
                }
            }
        } catch {
            return end(error.code, error.message)
        }
        if listener.isEnded {
            return state.isEnding
                ? end(0, "the service has ended")
                : end(69, "the service broke off: it was killed, or this program took nothing for too long")
        }
        drawSoon()
    }

    private func hear(_ event: ControlEvent) {
        state.take(event)
        switch event.kind {
        case .table: isOld = (true, true, isOld.runs)
        case .paused, .resumed: isOld = (true, true, isOld.runs)
        default: isOld.service = true
        }
    }

    // MARK: Asking

    private func tick() {
        loop.after(.seconds(1)) { [unowned self] in
            askWhatIsOld()
            draw()
            tick()
        }
        askWhatIsOld()
    }

    private func askWhatIsOld() {
        let now = clocks.monotonic
        if let asked {
            if now - asked.since > Self.silence { state.fault = "the service does not answer" }
            return
        }
        func isDue(_ last: MonotonicTime?, _ age: Duration, _ isOld: Bool) -> Bool {
            last.map { now - $0 > (isOld ? Self.age.least : age) } ?? true
        }
        if isDue(answeredAt.service, Self.age.service, isOld.service) { return ask(.service) }
        let hasFired = state.jobs.first?.next.map { $0 <= clocks.wall.instant } ?? false
        if isDue(answeredAt.jobs, Self.age.jobs, isOld.jobs || hasFired) { return ask(.jobs(nextJobs)) }
        guard isOld.runs else { return }
        isOld.runs = false
        ask(.runs(failedRuns))
    }

    private var nextJobs: JobQuery {
        var query = JobQuery()
        query.order = .next
        query.page.limit = min(Page.mostItems, max(50, screen.size.height))
        return query
    }

    /// Those of before. Where the table has more jobs than can be asked for, only what comes is shown.
    private var failedRuns: RunQuery {
        var query = RunQuery()
        query.outcomes = Self.failed
        query.page.limit = 50
        return query
    }

    private func ask(_ request: ControlRequest) {
        do {
            guard let stream = try ControlStream(request, at: path, within: nil) else { return }
            let watch = try loop.watch(stream.descriptor, .readable) { [unowned self] _ in receive(request.kind) }
            asked = (stream, watch, clocks.monotonic)
        } catch let refusal as ControlRefusal {
            state.fault = refusal.message
        } catch {
            state.fault = "\(error)"
        }
    }

    private func receive(_ kind: ControlRequest.Kind) {
        guard let asked else { return }
        do {
            parts += try asked.stream.take()
            guard asked.stream.isEnded else { return }
            state.fault = nil
        } catch {
            // That there are too many jobs to look for failures of is nothing to bother anybody with.
            if kind != .runs { state.fault = error.message }
        }
        loop.unwatch(asked.watch)
        self.asked = nil
        note(kind)
        parts = []
        drawSoon()
        askWhatIsOld()
    }

    private func note(_ kind: ControlRequest.Kind) {
        let now = clocks.monotonic
        switch kind {
        case .service:
            (answeredAt.service, isOld.service) = (now, false)
            for case .service(let service) in parts { state.take(service.visible) }
        case .jobs:
            (answeredAt.jobs, isOld.jobs) = (now, false)
            state.jobs = parts.compactMap { if case .job(let job) = $0 { job.visible } else { nil } }
        default: for case .run(let run) in parts { state.take(run.visible) }
        }
    }

    // MARK: Drawing

    private func drawSoon() {
        if frame == nil { frame = loop.after(Self.frames) { [unowned self] in draw() } }
    }

    private func draw() {
        if let frame { loop.cancel(frame) }
        frame = nil
        let size = screen.size
        screen.show(WatchScreen(state, zone: zone, now: clocks.wall).lines(width: size.width, height: size.height))
    }
}
