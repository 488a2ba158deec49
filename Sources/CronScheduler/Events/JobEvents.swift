internal import CronJobs
internal import Synchronization

/// The events of a scheduler as they come, for one listener. It begins when it is made; whoever takes them too slowly loses the oldest, and is told how many.
///
/// ```swift
/// for await event in scheduler.events(.runFailed, .missed, of: "nightly") { print(event) }
/// ```
public struct JobEvents: AsyncSequence, Sendable {
    public typealias Element = JobEvent

    let stream: AsyncStream<JobEvent>

    public func makeAsyncIterator() -> AsyncStream<JobEvent>.Iterator { stream.makeAsyncIterator() }
}

/// Hands each event to each listener that wants it; waits for none.
final class EventBus: Sendable {
    private struct Listener {
        var kinds: Set<JobEvent.Kind>
        var jobs: Set<JobID>
        var continuation: AsyncStream<JobEvent>.Continuation
        var lost = 0

        func wants(_ event: JobEvent) -> Bool {
            guard kinds.isEmpty || kinds.contains(event.kind) else { return false }
            return jobs.isEmpty || event.job.map(jobs.contains) ?? false
        }
    }

    private struct State {
        var listeners: [Int: Listener] = [:]
        var last = 0
        var taps: [@Sendable (JobEvent) -> Void] = []
        var isClosed = false
    }

    /// Events that wait for one listener.
    private static let bound = 1024

    private let state = Mutex(State())

    /// Nothing named is everything.
    func events(_ kinds: Set<JobEvent.Kind>, of jobs: Set<JobID>) -> JobEvents {
        let (stream, continuation) = AsyncStream.makeStream(of: JobEvent.self, bufferingPolicy: .bufferingNewest(Self.bound))
        let number = state.withLock { state -> Int? in
            if state.isClosed { return nil }
            state.last += 1
            state.listeners[state.last] = Listener(kinds: kinds, jobs: jobs, continuation: continuation)
            return state.last
        }
        guard let number else {
            continuation.finish()
            return JobEvents(stream: stream)
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.listeners[number] = nil } }
        return JobEvents(stream: stream)
    }

    func tap(_ hear: @escaping @Sendable (JobEvent) -> Void) { state.withLock { $0.taps.append(hear) } }

    func publish(_ event: JobEvent) {
        // A listener that ends takes the lock, so nothing is yielded under it.
        let (listeners, taps) = state.withLock { state in (state.listeners.filter { $0.value.wants(event) }, state.taps) }
        for tap in taps { tap(event) }
        for (number, listener) in listeners {
            var lost = listener.lost
            switch listener.continuation.yield(event) {
            case .dropped: lost += 1
            case .enqueued(let room) where lost > 0 && room > 0:
                listener.continuation.yield(.gap(lost))
                lost = 0
            default: break
            }
            if lost != listener.lost { state.withLock { $0.listeners[number]?.lost = lost } }
        }
    }

    func close() {
        let listeners = state.withLock { state in
            state.isClosed = true
            defer { state.listeners = [:] }
            return state.listeners
        }
        for listener in listeners.values {
            if listener.lost > 0 { listener.continuation.yield(.gap(listener.lost + 1)) }
            listener.continuation.finish()
        }
    }
}
