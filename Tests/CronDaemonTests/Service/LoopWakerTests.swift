internal import CronJobs
internal import LinuxEvents
internal import Synchronization
internal import Testing

@testable import CronDaemon

@Suite("The scheduler's waker on the loop", .timeLimit(.minutes(1))) struct LoopWakerTests {
    @Test("Waits beside a sleep, and that poke, end none of each other: each returns") func besideASleep() async throws {
        let loop = try EventLoop()
        #expect(DetachedThread.start { loop.run() })
        defer { loop.stop() }
        let waker = LoopWaker(loop: loop), clocks = HostClocks()
        let far = clocks.wall + .seconds(3600)
        // Those that wait begin while one sleeps, and one sleeps while they wait.
        for _ in 0..<3 {
            let isAsleep = Atomic(true)
            let sleeper = Task {
                await waker.sleep(until: far)
                isAsleep.store(false, ordering: .releasing)
            }
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<20 { group.addTask { await waker.wait(until: clocks.wall + .milliseconds(number)) } }
            }
            let slept = isAsleep.load(ordering: .acquiring)
            #expect(slept, "they wake nobody")
            waker.poke()
            await sleeper.value
        }
        let waiting = Task { await waker.wait(until: clocks.wall + .milliseconds(50)) }
        waker.poke()
        await waiting.value
        await waker.sleep(until: far)
    }
}
