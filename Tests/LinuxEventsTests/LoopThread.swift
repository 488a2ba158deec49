// tidy: helper
import CLinux
import LinuxEvents

/// An event loop on a thread of its own, for the time of a test.
final class LoopThread: @unchecked Sendable {
    let loop: EventLoop
    private var thread = pthread_t()

    init() throws {
        loop = try EventLoop()
        let box = Unmanaged.passRetained(loop)
        pthread_create(
            &thread, nil,
            { @Sendable raw in
                guard let raw else { return nil }
                Unmanaged<EventLoop>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
    }

    deinit {
        loop.stop()
        pthread_join(thread, nil)
    }

    /// Runs `body` on the loop; it answers by calling what it is given, now or later.
    func run<Result: Sendable>(_ body: @escaping @Sendable (@escaping @Sendable (Result) -> Void) throws -> Void) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            loop.perform {
                do {
                    try body { continuation.resume(returning: $0) }
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }
}

/// State that a test keeps on the loop's thread.
final class Kept<Value>: @unchecked Sendable {
    var value: Value
    init(_ value: Value) { self.value = value }
}

func makePipe() -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    _ = cl_pipe(&ends)
    return (ends[0], ends[1])
}
