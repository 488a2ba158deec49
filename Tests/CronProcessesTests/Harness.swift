// tidy: helper
import CLinux
import CronExpressions
import CronJobs
import CronProcesses
import LinuxEvents
import Testing

struct SystemTime: Clocks {
    var wall: WallTime { WallTime(nanoseconds: SystemClocks.wallNanoseconds()) }
    var monotonic: MonotonicTime { MonotonicTime(nanoseconds: SystemClocks.bootNanoseconds()) }
}

/// Keeps every piece of output.
final class RecordingSink: OutputSink {
    struct Piece: Hashable, Sendable {
        var bytes: [UInt8]
        var run: RunID
        var stream: OutputStream
        var late: Bool
        var continued: Bool
        var mode = LogMode.lines

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }
    private struct State {
        var pieces: [Piece] = []
        var congested = false
        var drained: [@Sendable () -> Void] = []
        var waiters: [(condition: @Sendable ([Piece]) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }
    private let state = Locked(State())

    var pieces: [Piece] { state.withLock { $0.pieces } }
    func text(_ stream: OutputStream) -> String { pieces.filter { $0.stream == stream }.map(\.text).joined(separator: "\n") }

    func line(_ bytes: UnsafeBufferPointer<UInt8>, of run: RunID, stream: OutputStream, late: Bool, continued: Bool, mode: LogMode) {
        let piece = Piece(bytes: Array(bytes), run: run, stream: stream, late: late, continued: continued, mode: mode)
        let ready = state.withLock { state in
            state.pieces.append(piece)
            let ready = state.waiters.filter { $0.condition(state.pieces) }
            if !ready.isEmpty { state.waiters.removeAll { $0.condition(state.pieces) } }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    var isCongested: Bool { state.withLock { $0.congested } }
    func whenDrained(_ handler: @escaping @Sendable () -> Void) { state.withLock { $0.drained.append(handler) } }

    func setCongested(_ value: Bool) {
        let handlers = state.withLock { state in
            state.congested = value
            defer { if !value { state.drained.removeAll() } }
            return value ? [] : state.drained
        }
        for handler in handlers { handler() }
    }

    func wait(for condition: @escaping @Sendable ([Piece]) -> Bool) async {
        await withCheckedContinuation { continuation in
            let now = state.withLock { state in
                if condition(state.pieces) { return true }
                state.waiters.append((condition, continuation))
                return false
            }
            if now { continuation.resume() }
        }
    }
}

/// Keeps every event; answers finishes as they come.
actor RecordingReporter: RunReporter {
    private(set) var events: [RunEvent] = []
    private(set) var calls = 0
    private var waiters: [(condition: ([RunEvent]) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

    func report(_ events: [RunEvent]) {
        calls += 1
        self.events += events
        let ready = waiters.filter { $0.condition(self.events) }
        waiters.removeAll { $0.condition(self.events) }
        for waiter in ready { waiter.continuation.resume() }
    }

    func wait(for condition: @escaping @Sendable ([RunEvent]) -> Bool) async {
        if condition(events) { return }
        await withCheckedContinuation { waiters.append((condition, $0)) }
    }

    func finishes(_ count: Int) async -> [Finish] {
        await wait { $0.finishes.count >= count }
        return events.finishes
    }

    func starts(_ count: Int) async -> [Start] {
        await wait { $0.starts.count >= count }
        return events.starts
    }
}

extension [RunEvent] {
    var finishes: [Finish] { compactMap { if case .finished(let finish) = $0 { finish } else { nil } } }
    var starts: [Start] { compactMap { if case .started(let start) = $0 { start } else { nil } } }
}

/// A runner on a loop of its own, with everything it says kept.
final class Harness: @unchecked Sendable {
    let loop: EventLoop
    let runner: ProcessRunner
    let sink = RecordingSink()
    let reporter = RecordingReporter()
    let users = UserDirectory()
    let warnings = Warnings()

    final class Warnings: Sendable {
        private let list = Locked<[RunnerWarning]>([])
        var all: [RunnerWarning] { list.withLock { $0 } }
        func add(_ warning: RunnerWarning) { list.withLock { $0.append(warning) } }
    }

    init(
        environment: [String] = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp"], maximumRunning: Int = 1000,
        options change: (inout RunnerOptions) -> Void = { _ in }
    ) throws {
        loop = try EventLoop()
        var options = RunnerOptions(
            containerEnvironment: environment, ownUser: UserDirectory.ownUser(), canSwitchUser: getuid() == 0,
            maximumRunning: maximumRunning)
        change(&options)
        let warnings = warnings
        runner = try ProcessRunner(loop: loop, clocks: SystemTime(), users: users, options: options, output: sink) { warnings.add($0) }
        let isStarted = DetachedThread.start { [loop] in loop.run() }
        try #require(isStarted)
    }

    /// Ends what still runs, then the loop, and its thread with it.
    deinit {
        let runner = runner, loop = loop
        Task.detached {
            await runner.stop(patience: .zero, killAfter: .zero)
            loop.stop()
        }
    }

    func start(_ attempts: [Attempt]) async { await runner.start(attempts, reportingTo: reporter) }

    func run(_ attempt: Attempt) async -> Finish? {
        await start([attempt])
        return await reporter.finishes(1).first
    }

    func run(_ text: String) async -> Finish? { await run(.shell(text)) }
}

/// Whether a process exists and is no zombie.
func lives(_ process: Int32) -> Bool {
    var line = [UInt8](repeating: 0, count: 512)
    let file = cl_open("/proc/\(process)/stat", O_RDONLY, 0)
    guard file >= 0 else { return false }
    defer { close(file) }
    let count = read(file, &line, line.count)
    guard count > 0, let end = line.lastIndex(of: UInt8(ascii: ")")) else { return false }
    return line[end + 2] != UInt8(ascii: "Z")
}

/// Something that jobs wait at, with `read line < PATH`, until the test opens it.
final class Gate: Sendable {
    let path = "/tmp/gate-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    private let descriptor: Int32

    init() {
        mkfifo(path, 0o600)
        descriptor = cl_open(path, O_RDWR | O_CLOEXEC, 0)
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// Waits for a job to write to the path. Not to be mixed with `open`.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isStarted = DetachedThread.start { [descriptor] in
                var byte: UInt8 = 0
                _ = read(descriptor, &byte, 1)
                continuation.resume()
            }
            if !isStarted { continuation.resume() }
        }
    }

    /// Lets `count` jobs go on, those that have not come yet included.
    func open(_ count: Int) { for _ in 0..<count { write(descriptor, "\n", 1) } }
}

extension Attempt {
    static func shell(
        _ text: String, number: Int = 0, input: String? = nil, user: String? = nil, variables: Variables = .none,
        settings: JobPolicies.Values = .init(), startDeadline: WallTime? = nil
    ) -> Attempt {
        let job = Job(
            id: JobID("job-\(number)"), timing: .startup,
            command: Command(text: text, input: input, user: user, variables: variables), policies: JobPolicies(settings))
        return Attempt(
            run: RunID(job: job.id, .scheduled(Instant(1_700_000_000))), fence: 7, trigger: .scheduled, job: job,
            scheduledAt: Instant(1_700_000_000), missed: 2, startDeadline: startDeadline)
    }
}
