import LinuxEvents
import Testing

@Suite struct ThreadExecutorTests {
    private actor Notes {
        private let executor: ThreadExecutor
        private(set) var lines: [String] = []
        private var waiter: CheckedContinuation<Void, Never>?

        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        init(_ executor: ThreadExecutor) { self.executor = executor }

        func note(_ line: String) {
            lines.append(line)
            guard lines.count == 3 else { return }
            waiter?.resume()
            waiter = nil
        }

        func all() async -> [String] {
            if lines.count < 3 { await withCheckedContinuation { waiter = $0 } }
            return lines
        }
    }

    @Test("What was to run later runs when its time has come, and holds nothing else up") func later() async {
        let executor = ThreadExecutor()
        let notes = Notes(executor)
        let began = SystemClocks.bootNanoseconds()
        // Long enough for the first to come first.
        executor.run(after: .milliseconds(1000)) { Task(executorPreference: executor) { await notes.note("last") } }
        executor.run(after: .milliseconds(800)) { Task(executorPreference: executor) { await notes.note("second") } }
        await notes.note("first")
        #expect(await notes.all() == ["first", "second", "last"])
        #expect(SystemClocks.bootNanoseconds() - began >= 1_000_000_000)
        executor.stop()
    }

    @Test("A wait lasts as long as was asked for, and ends at once where its task is cancelled") func waits() async throws {
        let began = SystemClocks.bootNanoseconds()
        try await SharedPool.wait(for: .milliseconds(30))
        #expect(SystemClocks.bootNanoseconds() - began >= 30_000_000)
        let sleeper = Task { try await SharedPool.wait(for: .seconds(3600)) }
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }
}
