internal import CronExpressions
internal import CronJobs
internal import CronTesting
internal import Testing

@Suite(.timeLimit(.minutes(30))) struct ManualWakerTests {
    private let clocks = ManualClocks(wall: WallTime(nanoseconds: 0))

    @Test func sleepsUntilItsDeadline() async {
        let waker = ManualWaker(clocks)
        let deadline = WallTime(nanoseconds: 1_000)
        let sleeper = Task { await waker.sleep(until: deadline) }
        #expect(await waker.waitUntilAsleep() == deadline)
        clocks.advance(by: .nanoseconds(999))
        #expect(waker.deadline == deadline)
        clocks.advance(by: .nanoseconds(1))
        await sleeper.value
        await waker.sleep(until: deadline)
        #expect(clocks.monotonic.nanoseconds == 1_000)
    }

    @Test func pokesStepsAndCancellationEndIt() async {
        let waker = ManualWaker(clocks)
        let far = WallTime(nanoseconds: .max)
        waker.poke()
        await waker.sleep(until: far)
        for end in [{ waker.poke() }, { clocks.step(wall: WallTime(nanoseconds: -5)) }] {
            let sleeper = Task { await waker.sleep(until: far) }
            #expect(await waker.waitUntilAsleep() == far)
            end()
            await sleeper.value
        }
        let sleeper = Task { await waker.sleep(until: far) }
        #expect(await waker.waitUntilAsleep() == far)
        sleeper.cancel()
        await sleeper.value
    }
}
