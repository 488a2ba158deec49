import CronJobs
import Testing

@Suite("Turns") struct ActorLockTests {
    /// Applies what it reads, with a slow step in between.
    private actor Desk {
        private let turn = ActorLock()
        private var newest = 0
        private(set) var applied: [Int] = []
        private(set) var isLookingUp = false

        func readAndApply(slowly: Bool) async {
            await turn.take()
            newest += 1
            let read = newest
            if slowly {
                isLookingUp = true
                while isLookingUp { await Task.yield() }
            }
            applied.append(read)
            turn.give()
        }

        func finishLookUp() { isLookingUp = false }
    }

    @Test("What was read earlier is applied earlier, however slow it is to apply") func order() async {
        let desk = Desk()
        let first = Task { await desk.readAndApply(slowly: true) }
        while await !desk.isLookingUp { await Task.yield() }
        let others = (0..<3).map { _ in Task { await desk.readAndApply(slowly: false) } }
        for _ in 0..<100 { await Task.yield() }
        #expect(await desk.applied.isEmpty)
        await desk.finishLookUp()
        await first.value
        for other in others { await other.value }
        #expect(await desk.applied == [1, 2, 3, 4])
    }
}
