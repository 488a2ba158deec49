// tidy: helper
internal import Glibc
internal import Testing

/// Suites watch real programs in real time, and mostly wait: a few at once use the machine well, all at once starve each other. So each takes a
/// place before it begins, which its tests' time limits do not count. One that takes minutes begins first, and one that measures takes all
/// places, which it gets when nobody else wants any: nothing stands idle for it before.
struct Places: SuiteTrait, TestScoping {
    fileprivate enum Rank: Int {
        case long, usual, alone
    }

    /// `BLACKBOX_PLACES`, else eight.
    private static let count = getenv("BLACKBOX_PLACES").flatMap { Int(String(cString: $0)) }.map { max(1, $0) } ?? 8
    private static let queue = Queue()

    fileprivate let rank: Rank
    private var taken: Int { rank == .alone ? Self.count : 1 }

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        await Self.queue.take(taken, rank)
        do {
            try await function()
        } catch {
            await Self.queue.give(taken)
            throw error
        }
        await Self.queue.give(taken)
    }

    /// By rank, then in the order of their coming.
    private actor Queue {
        private var free = Places.count
        private var isOpen = false
        private var waiters: [(wanted: Int, rank: Rank, continuation: CheckedContinuation<Void, Never>)] = []

        func take(_ wanted: Int, _ rank: Rank) async {
            await withCheckedContinuation { continuation in
                let place = waiters.firstIndex { $0.rank.rawValue > rank.rawValue } ?? waiters.endIndex
                waiters.insert((wanted, rank, continuation), at: place)
                // All that come at the beginning come within a moment: they are ranked before the first of them gets a place.
                if isOpen { return admit() }
                if waiters.count == 1 { Task { await open() } }
            }
        }

        func give(_ count: Int) {
            free += count
            admit()
        }

        private func open() async {
            try? await Task.sleep(for: .milliseconds(500))
            isOpen = true
            admit()
        }

        private func admit() {
            while let first = waiters.first, free >= first.wanted {
                free -= first.wanted
                waiters.removeFirst().continuation.resume()
            }
        }
    }
}

extension Trait where Self == Places {
    static var first: Places { Places(rank: .long) }
    static var inPlace: Places { Places(rank: .usual) }
    static var alone: Places { Places(rank: .alone) }
}
