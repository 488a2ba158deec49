import CronExpressions
import CronJobs
import CronEngine
import CronTesting
import LinuxEvents
import Synchronization
import Testing

@Suite("A shared store's clock plans, whatever the machine's shows") struct StoreClockTests {
    /// Deadlines are given by the store's clock, the test moves the machine's.
    private struct TranslatingWaker: Waker {
        let inner: ManualWaker
        let clock: StoreClock

        func sleep(until deadline: WallTime) async { await inner.sleep(until: clock.toMachine(deadline)) }
        func poke() { inner.poke() }
    }

    private struct Node {
        let machine = ManualClocks(wall: WallTime(Fixture.start))
        let clock: StoreClock
        let waker: ManualWaker
        let ledger = SharedFake()
        let runner: RecordingRunner
        let observer = RecordingObserver()
        let scheduler: SchedulerEngine
        private let executor = ThreadExecutor()
        /// The store's clock minus the machine's monotonic one.
        private let lead: LeadBox

        final class LeadBox: Sendable {
            let nanoseconds: Mutex<Int64>
            init(_ value: Int64) { nanoseconds = Mutex(value) }
        }

        init(storeAhead difference: Int64, _ jobs: [Job]) async {
            let clock = StoreClock(machine: machine), machine = machine
            let lead = LeadBox(WallTime(Fixture.start + difference).nanoseconds - machine.monotonic.nanoseconds)
            (self.clock, self.lead) = (clock, lead)
            waker = ManualWaker(machine)
            runner = RecordingRunner(clocks: clock)
            scheduler = SchedulerEngine(
                executor: executor, clocks: clock, waker: TranslatingWaker(inner: waker, clock: clock), ledger: ledger, runner: runner,
                observer: observer)
            await ledger.set(clock: {
                let now = machine.monotonic, theirs = now.nanoseconds + lead.nanoseconds.withLock { $0 }
                clock.hear(ClockEstimate.Answer(theirs: WallTime(nanoseconds: theirs), sent: now, received: now))
                return clock.difference
            })
            await scheduler.keepLeases()
            _ = await ledger.open(bootID: "boot", now: clock.wall)
            _ = await scheduler.replaceTable(jobs, since: clock.wall.instant)
        }

        func stepStore(_ seconds: Int64) { lead.nanoseconds.withLock { $0 += seconds * 1_000_000_000 } }

        /// Lets time pass, five seconds between two renewals.
        func advance(_ seconds: Int64) async {
            for second in 1...max(1, seconds) {
                machine.advance(by: .seconds(1))
                _ = await waker.waitUntilAsleep()
                guard second % 5 == 0 else { continue }
                await scheduler.keepLeases()
                _ = await waker.waitUntilAsleep()
            }
        }

        func running(_ body: () async throws -> Void) async throws {
            let task = Task { [scheduler] in await scheduler.run() }
            _ = await waker.waitUntilAsleep()
            try await body()
            await scheduler.stop()
            await task.value
        }

        var starts: [Int64] { get async { await runner.attempts.map(\.scheduledAt.seconds) } }
    }

    @Test("No fire time is lost or doubled, and the difference is said once", arguments: [-3600, -70, -5, 5, 70, 3600] as [Int64])
    func difference(_ difference: Int64) async throws {
        let node = await Node(storeAhead: difference, [try Fixture.every("tick", 10)])
        let start = Fixture.start.seconds + difference
        try await node.running {
            await node.advance(20)
            node.machine.step(by: .seconds(4000))
            await node.advance(20)
            node.machine.step(by: .seconds(-8000))
            await node.advance(20)
            #expect(await node.starts == Array(stride(from: start + 10 - (start % 10 + 10) % 10, through: start + 60, by: 10)))
        }
        let words = node.observer.events.filter { !$0.hasPrefix("started") && !$0.hasPrefix("finished") && !$0.hasPrefix("overlap") }
        #expect(words == ["clocks differ \(difference)"], "the machine's clock was set, and nobody cares")
    }

    @Test("Its clock steps forward: one `missed`, and catch-up as after an outage") func forward() async throws {
        let node = await Node(storeAhead: 0, [try Fixture.every("tick", 10)])
        try await node.running {
            await node.advance(20)
            node.stepStore(200)
            await node.advance(5)
            let attempts = await node.runner.attempts
            #expect(node.observer.events.count { $0.hasPrefix("missed tick") } == 1, "\(node.observer.events)")
            let late = try #require(attempts.last)
            #expect(late.trigger == .catchUp && late.missed == 5)
            #expect(attempts.count == 3)
            await node.advance(20)
            let now = Fixture.start.seconds + 245
            #expect(await node.starts.suffix(3) == stride(from: now - now % 10 - 20, through: now, by: 10).suffix(3))
            #expect(node.observer.events.contains("jumped 200"))
        }
    }

    @Test("It steps back by up to three hours: jobs wait until it has caught up, which is said once with the time")
    func back() async throws {
        let node = await Node(storeAhead: 0, [try Fixture.every("tick", 10)])
        try await node.running {
            await node.advance(20)
            let before = await node.starts
            node.stepStore(-600)
            await node.advance(595)
            #expect(await node.starts == before, "none doubled")
            await node.advance(30)
            #expect(await node.starts == before + (1...2).map { (before.last ?? 0) + $0 * 10 }, "none lost")
        }
        #expect(node.observer.events.filter { $0.hasPrefix("jumped") || $0.hasPrefix("resumes") }.count == 2)
        #expect(node.observer.events.contains("jumped -600"))
        #expect(node.observer.events.contains("resumes \(Fixture.start.seconds + 25)"), "\(node.observer.events)")
    }

    @Test("It steps back further: the marks are set back, and jobs go on") func farBack() async throws {
        let node = await Node(storeAhead: 0, [try Fixture.every("tick", 10)])
        try await node.running {
            await node.advance(20)
            node.stepStore(-4 * 3600)
            await node.advance(25)
            #expect(node.observer.events.contains("rewound tick"))
            #expect(!node.observer.events.contains { $0.hasPrefix("resumes") })
            #expect(await node.starts.suffix(2).allSatisfy { $0 < Fixture.start.seconds })
        }
    }

    @Test("That it decides nothing for now is said once each time") func quarantine() async throws {
        let node = await Node(storeAhead: 0, [])
        for quarantine in [10, 5, 0, 0, 10] {
            await node.ledger.set(quarantine: .seconds(quarantine))
            await node.scheduler.keepLeases()
        }
        #expect(node.observer.events == ["quarantine 10", "quarantine 10"])
    }
}
