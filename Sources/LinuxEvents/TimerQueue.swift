internal import CLinux

/// A timer that `EventLoop.after` answered.
public struct TimerToken: Hashable, Sendable {
    let number: UInt64
}

/// Timers of the monotonic clock: a binary heap over one timerfd. A cancelled timer stays in the heap, without its handler, until it is due
/// or most of the heap consists of such.
final class TimerQueue {
    private struct Entry {
        var deadline: Int64
        var number: UInt64

        static func < (a: Entry, b: Entry) -> Bool { a.deadline == b.deadline ? a.number < b.number : a.deadline < b.deadline }
    }

    let descriptor: Int32
    private var heap: [Entry] = []
    private var handlers: [UInt64: () -> Void] = [:]
    private var lastNumber: UInt64 = 0
    /// What the timerfd is set to; `max` when it is not.
    private var armed = Int64.max

    init(descriptor: Int32) { self.descriptor = descriptor }

    func add(_ wait: Int64, _ handler: @escaping () -> Void) -> TimerToken {
        let (deadline, overflow) = SystemClocks.bootNanoseconds().addingReportingOverflow(wait)
        lastNumber += 1
        handlers[lastNumber] = handler
        heap.append(Entry(deadline: overflow ? .max : deadline, number: lastNumber))
        siftUp(heap.count - 1)
        return TimerToken(number: lastNumber)
    }

    func cancel(_ token: TimerToken) {
        guard handlers.removeValue(forKey: token.number) != nil else { return }
        guard heap.count > 64, heap.count > handlers.count * 2 else { return }
        heap = heap.filter { handlers[$0.number] != nil }.sorted { $0 < $1 }
    }

    func fireDue() {
        guard !heap.isEmpty else { return }
        let now = SystemClocks.bootNanoseconds()
        while let first = heap.first, first.deadline <= now {
            removeFirst()
            handlers.removeValue(forKey: first.number)?()
        }
    }

    func rearm() {
        while let first = heap.first, handlers[first.number] == nil { removeFirst() }
        let next = heap.first?.deadline ?? .max
        guard next != armed else { return }
        armed = next
        var setting = itimerspec()
        if next != .max {
            setting.it_value.tv_sec = Int(next / 1_000_000_000)
            setting.it_value.tv_nsec = max(Int(next % 1_000_000_000), 1)
        }
        timerfd_settime(descriptor, Int32(TFD_TIMER_ABSTIME), &setting, nil)
    }

    func acknowledge() {
        var count: UInt64 = 0
        _ = CLinux.read(descriptor, &count, 8)
        armed = .max
    }

    private func removeFirst() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < heap[parent] else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }

    private func siftUp(_ index: Int) {
        var child = index
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }
}

extension EventLoop {
    /// Calls `handler` on the loop once, `wait` from now on the monotonic clock (which goes on in suspend). Loop thread only.
    @discardableResult
    public func after(_ wait: Duration, _ handler: @escaping () -> Void) -> TimerToken { timers.add(wait.waitNanoseconds, handler) }

    /// Takes a timer back; a timer that has fired is ignored. Loop thread only.
    public func cancel(_ token: TimerToken) { timers.cancel(token) }
}
