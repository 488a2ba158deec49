internal import CronJobs
internal import Synchronization

/// Wakes a scheduler by its thread's timers.
final class ThreadWaker: Waker {
    private struct State {
        var sleep: Sleep?
        var isPoked = false
    }

    private let thread: SchedulerThread
    private let clocks: any Clocks
    private let state = Mutex(State())

    /// - Parameter clocks: by which deadlines are given.
    init(_ thread: SchedulerThread, clocks: any Clocks) {
        self.thread = thread
        self.clocks = clocks
    }

    func sleep(until deadline: WallTime) async {
        let sleep = Sleep()
        let isPoked = state.withLock { state in
            defer { state.isPoked = false }
            if !state.isPoked { state.sleep = sleep }
            return state.isPoked
        }
        if isPoked { return }
        await doze(sleep, until: deadline)
        state.withLock { if $0.sleep === sleep { $0.sleep = nil } }
    }

    func wait(until deadline: WallTime) async { await doze(Sleep(), until: deadline) }

    private func doze(_ sleep: Sleep, until deadline: WallTime) async {
        let machine = clocks.toMachine(deadline)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard sleep.begin(continuation) else { return continuation.resume() }
                sleep.timer(thread.at(.wall(machine.nanoseconds)) { sleep.end() }, of: thread)
            }
        } onCancel: {
            sleep.end()
        }
    }

    func poke() {
        let sleep = state.withLock { state in
            state.isPoked = state.sleep == nil
            defer { state.sleep = nil }
            return state.sleep
        }
        sleep?.end()
    }
}
