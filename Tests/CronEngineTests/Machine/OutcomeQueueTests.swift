import CronExpressions
import CronJobs
import Testing

@testable import CronEngine

@Suite("Outcomes on their way to the ledger") struct OutcomeQueueTests {
    private func run(_ number: Int64) -> RunID { RunID(job: JobID("a"), .scheduled(Instant(number))) }
    private let now = WallTime(Fixture.start)

    private func start(_ number: Int64) -> RunEvent { .started(Start(run: run(number), fence: 1, at: now, process: nil)) }
    private func finish(_ number: Int64) -> RunEvent { .finished(Finish(run: run(number), fence: 1, outcome: .succeeded, at: now)) }

    @Test("What comes in during a write waits for the next group") func groups() {
        var queue = OutcomeQueue()
        queue.note(start(1))
        let begins = queue.begin()
        queue.note(start(2))
        let beginsAgain = queue.begin()
        #expect(begins && !beginsAgain, "it is gathered already")
        let first = queue.next()
        #expect(first?.starts.map(\.run) == [run(1), run(2)])
        queue.note(finish(1))
        let (gathers, atOnce) = queue.written()
        #expect(gathers && atOnce == nil)
        let second = queue.next()
        #expect(second?.finishes.map(\.run) == [run(1)])
        let isMore = queue.written().gathers
        #expect(!isMore && !queue.isBehind)
    }

    @Test("An attempt that ended within a group needs no row for its start") func brief() {
        let group = group(of: [start(1), start(2), finish(1)])
        #expect(group?.starts.map(\.run) == [run(2)] && group?.finishes.map(\.run) == [run(1)])
    }

    @Test("What could not be written comes first in the next group") func fails() {
        var queue = OutcomeQueue()
        queue.note(finish(1))
        _ = queue.begin()
        _ = queue.next()
        queue.note(finish(2))
        queue.failed()
        #expect(queue.isBehind && !queue.isBusy)
        let begins = queue.begin(), group = queue.next()
        #expect(begins && group?.finishes.map(\.run) == [run(1), run(2)])
    }

    @Test("Where somebody waits, the next group is written at once") func hurried() {
        var queue = OutcomeQueue()
        queue.note(finish(1))
        _ = queue.begin()
        _ = queue.next()
        queue.note(finish(2))
        let begins = queue.hurry()
        #expect(!begins, "it is under way")
        let (gathers, atOnce) = queue.written()
        #expect(!gathers && atOnce?.finishes.map(\.run) == [run(2)])
        _ = queue.written()
        let beginsAgain = queue.hurry()
        #expect(!beginsAgain, "there is nothing to write")
    }

    @Test("It is bounded: the oldest outcomes are given up") func bounded() {
        let group = group(of: (0..<Int64(OutcomeQueue.bound + 5)).map(finish))
        #expect(group?.finishes.count == OutcomeQueue.bound && group?.finishes.first?.run == run(5))
    }

    private func group(of events: [RunEvent]) -> OutcomeQueue.Group? {
        var queue = OutcomeQueue()
        for event in events { queue.note(event) }
        _ = queue.begin()
        return queue.next()
    }
}
