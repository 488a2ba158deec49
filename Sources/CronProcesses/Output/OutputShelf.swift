public import CronJobs
internal import LinuxEvents

// What is kept of the output of runs that go on, or have ended and whose output is not in the store yet. Runs may be thousands, and the store may be
// away for long: all together are bounded, and where they are too much the longest get shorter for good.
//
//      open ──append …──▶ grows ──▶ ended ──the store has it, or too many have ended──▶ gone
//                           │ too much of all
//                           └──▶ 4 KiB of each of the longest; then half of that, and so on

/// The output of attempts, in memory.
public final class OutputShelf: Sendable {
    public static let standardLimit = 32 << 20
    static let shortened = 4096
    /// So many ended attempts wait for the store at most.
    private static let mostEnded = 4096

    struct Name: Hashable {
        var run: RunID
        var attempt: Int
    }

    private struct State {
        var outputs: [Name: RunOutput] = [:]
        /// The oldest first; what is gone again is passed over.
        var ended: [Name] = []
        /// How many of them are there yet.
        var waiting = 0
        var size = 0
    }

    private let limit: Int
    private let state = Locked(State())

    public init(limit: Int = standardLimit) { self.limit = limit }

    /// Of an attempt that starts.
    package func open(_ run: RunID, attempt: Int, keeping limit: Int) -> RunOutput {
        let output = RunOutput(run: run, attempt: attempt, limit: limit, shelf: self)
        state.withLock { $0.outputs[Name(run: run, attempt: attempt)] = output }
        return output
    }

    /// The attempt has ended: nothing is appended any more.
    package func ended(_ output: RunOutput) {
        output.end()
        state.withLock { state in
            state.ended.append(Name(run: output.run, attempt: output.attempt))
            state.waiting += 1
            guard state.ended.count > 2 * Self.mostEnded || state.waiting > Self.mostEnded else { return }
            let waiting = state.ended.filter { state.outputs[$0]?.isEnded ?? false }
            for name in waiting.prefix(max(0, waiting.count - Self.mostEnded / 2)) { Self.remove(name, from: &state) }
            state.ended = waiting.suffix(Self.mostEnded / 2)
        }
    }

    /// Of an attempt that goes on here, or whose output is not stored yet; without a number that of the run's newest.
    public func output(of run: RunID, attempt: Int? = nil) -> RunOutput? {
        state.withLock { state in
            if let attempt { return state.outputs[Name(run: run, attempt: attempt)] }
            return state.outputs.values.filter { $0.run == run }.max { $0.attempt < $1.attempt }
        }
    }

    /// Whether attempts go on here.
    public var hasRunning: Bool { state.withLock { $0.outputs.count > $0.waiting } }

    /// The store has it, or it is not wanted.
    public func remove(_ run: RunID, attempt: Int) {
        state.withLock { Self.remove(Name(run: run, attempt: attempt), from: &$0) }
    }

    private static func remove(_ name: Name, from state: inout State) {
        guard let output = state.outputs[name], output.isEnded else { return }
        state.size -= output.size
        state.waiting -= 1
        state.outputs[name] = nil
    }

    /// An output is longer by so many bytes.
    func grew(by bytes: Int) {
        state.withLock { state in
            state.size += bytes
            if state.size > limit { shorten(&state) }
        }
    }

    private func shorten(_ state: inout State) {
        let aim = limit - limit / 16
        for output in state.outputs.values.sorted(by: { $0.size > $1.size }) {
            guard state.size > aim else { return }
            let size = output.size
            state.size -= size - output.shrink(to: size > Self.shortened ? Self.shortened : size / 2)
        }
    }
}

/// The output of one attempt. Any thread may look at it.
public final class RunOutput: Sendable {
    public let run: RunID
    public let attempt: Int
    private let shelf: OutputShelf
    private let state: Locked<(buffer: ExcerptBuffer, isEnded: Bool)>

    init(run: RunID, attempt: Int, limit: Int, shelf: OutputShelf) {
        self.run = run
        self.attempt = attempt
        self.shelf = shelf
        state = Locked((ExcerptBuffer(limit: limit), false))
    }

    public var excerpt: OutputExcerpt { state.withLock { $0.buffer.excerpt } }
    /// How many bytes there were so far.
    public var total: Int64 { state.withLock { $0.buffer.total } }
    public var isEnded: Bool { state.withLock { $0.isEnded } }
    package var size: Int { state.withLock { $0.buffer.count } }

    package func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        let growth = state.withLock { state in
            let before = state.buffer.count
            if !state.isEnded { state.buffer.append(bytes) }
            return state.buffer.count - before
        }
        if growth > 0 { shelf.grew(by: growth) }
    }

    fileprivate func end() { state.withLock { $0.isEnded = true } }

    /// Answers how long it is then.
    fileprivate func shrink(to limit: Int) -> Int {
        state.withLock { state in
            state.buffer.shrink(to: limit)
            return state.buffer.count
        }
    }
}
