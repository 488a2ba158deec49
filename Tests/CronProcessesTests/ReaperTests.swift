import CLinux
import CronExpressions
import CronJobs
import CronProcesses
import LinuxEvents
import Testing

// In processes of their own: a subreaper gets the orphans of everything in its process, and reaps all that is not its runner's.
@Suite(.timeLimit(.minutes(2)))
struct ReaperTests {
    @Test("Orphans are reaped, and the exit codes of runs are not touched")
    func orphans() async {
        await #expect(processExitsWith: .success) {
            try #require(OrphanReaper.becomeSubreaper())
            let harness = try Harness()
            let reaper = OrphanReaper(loop: harness.loop, runner: harness.runner)
            let gates = [Gate(), Gate()]
            // Each run leaves an orphan that ends at once, and waits itself until the orphans are reaped.
            await harness.start((0..<20).map { .shell("true & read line < \(gates[$0 % 2].path); exit \($0 + 1)", number: $0) })
            _ = await harness.reporter.starts(20)
            for gate in gates {
                reaper.childEnded()
                gate.open(10)
            }
            let finishes = await harness.reporter.finishes(20)
            for finish in finishes {
                let number = Int32(finish.run.job.description.dropFirst(4)) ?? -1
                #expect(finish.outcome == .failed(.exit(number + 1)))
            }
            await harness.start([.shell("sleep 0.05 & echo $!", number: 99)])
            _ = await harness.reporter.finishes(21)
            let orphan = harness.sink.pieces.compactMap { Int32($0.text) }.last ?? 0
            try #require(orphan > 0)
            while kill(orphan, 0) == 0 {
                reaper.childEnded()
                let loop = harness.loop
                await withCheckedContinuation { next in
                    loop.perform { loop.after(.milliseconds(20)) { next.resume() } }
                }
            }
            // The loop ends with the harness.
            withExtendedLifetime(harness) {}
        }
    }
}
