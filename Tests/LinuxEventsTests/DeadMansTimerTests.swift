import LinuxEvents
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DeadMansTimerTests {
    @Test("It goes off where nobody takes it back, each time that it was set")
    func goesOff() async throws {
        let thread = try LoopThread()
        let times: Int = try await thread.run { answer in
            let count = Kept(0), timer = Kept<DeadMansTimer?>(nil)
            timer.value = try DeadMansTimer(loop: thread.loop) {
                count.value += 1
                if count.value < 3 { return timer.value?.set(.milliseconds(1)) ?? () }
                timer.value?.close()
                timer.value = nil
                answer(count.value)
            }
            timer.value?.set(.milliseconds(1))
        }
        #expect(times == 3)
    }

    @Test("Taken back by another thread, it leaves the loop asleep")
    func takenBack() async throws {
        let thread = try LoopThread()
        let wentOff: Bool = try await thread.run { answer in
            let wentOff = Kept(false)
            let timer = try DeadMansTimer(loop: thread.loop) { wentOff.value = true }
            _ = DetachedThread.start {
                timer.set(.milliseconds(60_000))
                timer.takeBack()
                timer.set(.milliseconds(1000))
                timer.takeBack()
                thread.loop.perform {
                    thread.loop.after(.milliseconds(1100)) {
                        timer.close()
                        answer(wentOff.value)
                    }
                }
            }
        }
        #expect(!wentOff)
    }
}
