@testable internal import CronStoreRedis
internal import CronExpressions
internal import CronJobs
internal import Testing

@Suite struct RecordedOutcomesTests {
    private func entry(_ second: Int64, tail: Int = 0) -> RecordedOutcome {
        let finish = Finish(
            run: RunID(job: JobID("a"), .scheduled(Instant(second))), fence: second, outcome: .failed(.exit(1)),
            at: WallTime(nanoseconds: second * 1_000_000_000), tail: Array(repeating: 120, count: tail))
        return RecordedOutcome(finish, held: nil)
    }

    @Test func theNewestAreKeptSoMany() {
        var outcomes = RecordedOutcomes()
        for _ in 0..<2 * RecordedOutcomes.bound { outcomes.add(entry(7)) }
        outcomes.add(entry(8))
        #expect(outcomes.all.count == RecordedOutcomes.bound)
        #expect(outcomes.all.last?.fence == 8)
    }

    @Test func theOldAreForgotten() {
        var outcomes = RecordedOutcomes()
        for second in [Int64(0), 300, 600, 601] { outcomes.add(entry(second)) }
        #expect(outcomes.all.map(\.fence) == [300, 600, 601])
        // A clock that was set back throws nothing away.
        outcomes.add(entry(5))
        #expect(outcomes.all.count == 4)
    }

    @Test func aRowIsWhatTheStoreWouldHave() {
        let long = entry(60, tail: 1000)
        #expect(long.tail.count == RecordedOutcome.tailBound)
        let record = RunRecord(long.key, row: Array(long.row.utf8) + long.tail, isOpen: false)
        #expect(record?.outcome == .failed(.exit(1)) && record?.first == Instant(60) && record?.count == 1)
        #expect(record?.finishedAt == WallTime(nanoseconds: 60_000_000_000) && record?.startedAt == nil)
        #expect(record?.tail == long.tail)
    }
}
