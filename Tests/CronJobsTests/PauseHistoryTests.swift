internal import CronExpressions
internal import CronJobs
internal import Testing

@Suite("What was said about a job's pause") struct PauseHistoryTests {
    private typealias Word = PauseHistory.Word

    private func at(_ second: Int64) -> WallTime { WallTime(Instant(second)) }
    private func pause(_ second: Int64, until: Int64? = nil, by: String = "me") -> Word {
        Word(isPause: true, at: at(second), until: until.map(at), by: by)
    }
    private func resume(_ second: Int64, by: String = "me") -> Word { Word(isPause: false, at: at(second), by: by) }

    @Test("The last word counts, until the end that it names") func last() {
        #expect(PauseHistory().pause(now: at(1)) == nil)
        #expect(PauseHistory([pause(10)]).pause(now: at(99)) == Pause(from: at(10), by: "me"))
        #expect(PauseHistory([pause(10), resume(20)]).pause(now: at(15)) == nil)
        let ends = PauseHistory([pause(10, until: 30)])
        #expect(ends.pause(now: at(29)) == Pause(from: at(10), until: at(30), by: "me"))
        #expect(ends.pause(now: at(30)) == nil)
    }

    @Test("Whether it was paused at some time, and who did it") func periods() {
        let history = PauseHistory([
            pause(10, until: 20, by: "a"), pause(30, until: 99, by: "b"), pause(40, by: "c"), resume(50, by: "d"), resume(55, by: "e"),
            pause(60, by: "f"),
        ])
        let who = [5, 10, 19, 20, 29, 30, 39, 40, 49, 50, 59, 60, 999].map { history.period(at: at($0))?.pause.by }
        #expect(who == [nil, "a", "a", nil, nil, "b", "b", "c", "c", nil, nil, "f", "f"])
        #expect(history.periods.map(\.endedBy) == [nil, "d", "c", nil])
        #expect(history.periods.map(\.end) == [nil, at(50), at(40), at(20)])
        // A pause of a store that noted no times.
        let old = PauseHistory([Word(isPause: true, at: nil, by: ""), resume(50)])
        #expect(old.period(at: at(-5))?.end == at(50) && old.period(at: at(50)) == nil)
    }

    @Test("It is forgotten 30 days after the job went on, never while it is paused") func forgotten() {
        let month: Int64 = 30 * 86_400
        #expect(PauseHistory().isOver(at(0)))
        #expect(!PauseHistory([pause(10)]).isOver(at(99 * month)))
        for history in [PauseHistory([pause(10), resume(20)]), PauseHistory([pause(10, until: 20)])] {
            #expect(!history.isOver(at(19 + month)))
            #expect(history.isOver(at(20 + month)))
        }
    }

    @Test("A memory store forgets, too, and names are bounded") func memory() async {
        let ledger = MemoryLedger(), long = String(repeating: "é", count: 999)
        await ledger.pause([JobID("a")], until: at(20), by: long, now: at(10))
        #expect(await ledger.pauseHistory(of: JobID("a")).words.first?.by.utf8.count == PauseHistory.mostBytesOfName)
        await ledger.prune(Retention(), now: at(20 + 30 * 86_400))
        #expect(await ledger.pauseHistory(of: JobID("a")) == PauseHistory())
    }
}
