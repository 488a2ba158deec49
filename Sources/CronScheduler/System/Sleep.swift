internal import Synchronization

/// One wait that ends once: by its timer, by a poke, or because its task is cancelled, whichever comes first.
final class Sleep: Sendable {
    private enum State {
        case new
        case goesOn(CheckedContinuation<Void, Never>, timer: Int?, of: SchedulerThread?)
        case over
    }

    private let state = Mutex(State.new)

    /// False where it is over already.
    func begin(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
        state.withLock { state in
            guard case .new = state else { return false }
            state = .goesOn(continuation, timer: nil, of: nil)
            return true
        }
    }

    func timer(_ number: Int, of thread: SchedulerThread) {
        let isOver = state.withLock { state in
            guard case .goesOn(let continuation, _, _) = state else { return true }
            state = .goesOn(continuation, timer: number, of: thread)
            return false
        }
        if isOver { thread.cancelTimer(number) }
    }

    func end() {
        let old = state.withLock { state in
            defer { state = .over }
            return state
        }
        guard case .goesOn(let continuation, let timer, let thread) = old else { return }
        if let timer { thread?.cancelTimer(timer) }
        continuation.resume()
    }
}
