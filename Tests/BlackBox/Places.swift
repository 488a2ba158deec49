// tidy: helper
internal import Glibc
internal import Testing

/// Suites watch real programs in real time, and mostly wait: a few at once use the machine well, all at once starve each other. So each takes a
/// place before it begins, which its tests' time limits do not count; one that measures takes them all.
struct Places: SuiteTrait, TestScoping {
    /// `BLACKBOX_PLACES`, else four.
    fileprivate static let count = getenv("BLACKBOX_PLACES").flatMap { Int(String(cString: $0)) }.map { max(1, $0) } ?? 4
    private static let queue = Queue()

    fileprivate let taken: Int

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        await Self.queue.take(taken)
        do {
            try await function()
        } catch {
            await Self.queue.give(taken)
            throw error
        }
        await Self.queue.give(taken)
    }

    /// In the order of their coming, so that whoever wants all of them gets them.
    private actor Queue {
        private var free = Places.count
        private var waiters: [(wanted: Int, continuation: CheckedContinuation<Void, Never>)] = []

        func take(_ wanted: Int) async {
            if waiters.isEmpty, free >= wanted { return free -= wanted }
            await withCheckedContinuation { waiters.append((wanted, $0)) }
        }

        func give(_ count: Int) {
            free += count
            while let first = waiters.first, free >= first.wanted {
                free -= first.wanted
                waiters.removeFirst().continuation.resume()
            }
        }
    }
}

extension Trait where Self == Places {
    static var inPlace: Places { Places(taken: 1) }
    static var alone: Places { Places(taken: Places.count) }
}
