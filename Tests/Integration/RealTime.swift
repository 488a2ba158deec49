// tidy: helper
internal import NIOPosix
internal import Testing

/// A suite that starts servers: one such suite at a time, so that none of them starves, and on threads of its own, because a server is waited for
/// by blocking calls, which the few threads that all tasks share cannot spare.
struct RealTime: SuiteTrait, TestScoping {
    private static let turn = Turn()
    private static let threads = Threads()

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        await Self.turn.take()
        do {
            try await withTaskExecutorPreference(Self.threads) { try await function() }
        } catch {
            await Self.turn.give()
            throw error
        }
        await Self.turn.give()
    }

    private actor Turn {
        private var isTaken = false
        private var waiters: [CheckedContinuation<Void, Never>] = []

        func take() async {
            guard isTaken else { return isTaken = true }
            await withCheckedContinuation { waiters.append($0) }
        }

        func give() {
            if waiters.isEmpty { isTaken = false } else { waiters.removeFirst().resume() }
        }
    }

    private final class Threads: TaskExecutor {
        private let pool = NIOThreadPool(numberOfThreads: 8)

        init() { pool.start() }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job), executor = asUnownedTaskExecutor()
            pool.submit { _ in job.runSynchronously(on: executor) }
        }
    }
}

extension Trait where Self == RealTime {
    static var realTime: RealTime { RealTime() }
}
