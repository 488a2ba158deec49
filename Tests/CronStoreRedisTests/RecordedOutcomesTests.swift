@testable internal import CronStoreRedis
internal import CronExpressions
internal import CronJobs
internal import Testing

@Suite struct RecordedOutcomesTests {
    private func entry(_ second: Int64, tail: Int = 0) -> RecordedOutcome {
        let finish = Finish(
            run: RunID(job: JobID("a"), .scheduled(Instant(second))), fence: second, outcome: .failed(.exit(1)),
            at: WallTime(nanoseconds: second * 1_000_000_000), tail: Array(repeating: 120, count: tail))
        return RecordedOutcome(finish, held: nil, at: "here")
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

    @Test func aRowSaysWhoHadTheAttempt() {
        let run = RunID(job: JobID("a"), .scheduled(Instant(60))), end = WallTime(nanoseconds: 60_000_000_000)
        let process = ProcessIdentity(pid: 42, startTicks: 1)
        let held = LedgerMemory.Held(
            fence: 7, first: Instant(60), count: 1, trigger: .scheduled, claimedAt: end, process: process, token: 0)
        let node = NodeName.new(host: "web 1, blue")
        for (held, owner) in [(held, RunOwner(fence: 7, host: "web 1, blue", process: 42)), (nil, nil)] {
            let entry = RecordedOutcome(Finish(run: run, fence: 7, outcome: .succeeded, at: end), held: held, at: node)
            let words = RowText(Array(entry.row.utf8), words: 9)
            #expect(words?.word(2).flatMap(AttemptWords.owner) == owner)
            #expect(RunRecord(entry.key, row: Array(entry.row.utf8), isOpen: false)?.trigger == .scheduled)
        }
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
