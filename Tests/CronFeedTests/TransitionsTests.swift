internal import CronExpressions
internal import CronFeed
internal import CronJobs
internal import Testing

@Suite("What events facts are") struct TransitionsTests {
    private let failure = Outcome.failed(.exit(2))

    /// The events of a job's ends, `-` for none.
    private func told(_ notify: NotifyPolicy, _ outcomes: [Outcome], notes: [String: String] = [:]) -> [String] {
        var transitions = Transitions(notes: notes), number: Int64 = 0
        let jobs = Making.jobs(Making.job("a", notify: notify))
        return outcomes.map { outcome in
            number += 1
            let events = transitions.take(Making.ended(number, "a", outcome), jobs: jobs).events
            return events.first.map { $0.kind.rawValue + ($0.failures.map { "(\($0))" } ?? "") } ?? "-"
        }
    }

    @Test("Of failures in a row those are told that notify= asks for") func notify() {
        let outcomes = [.succeeded, failure, failure, .timedOut, .interrupted, .succeeded, .succeeded]
        #expect(told(.change, outcomes) == ["succeeded", "failed(1)", "-", "-", "-", "fixed(4)", "succeeded"])
        #expect(told(.first, outcomes) == ["succeeded", "failed(1)", "-", "-", "-", "succeeded", "succeeded"])
        #expect(
            told(.every, outcomes)
                == ["succeeded", "failed(1)", "still_failing(2)", "still_failing(3)", "still_failing(4)", "fixed(4)", "succeeded"])
        #expect(
            told(.each(2), outcomes) == ["succeeded", "failed(1)", "still_failing(2)", "-", "still_failing(4)", "fixed(4)", "succeeded"])
    }

    @Test("What is neither success nor failure is told, and changes nothing") func neither() {
        let outcomes: [Outcome] = [failure, .missed(3), .skipped(.overlap), .cancelled, .replaced, .unknownAdopted, .succeeded]
        #expect(told(.change, outcomes) == ["failed(1)", "missed", "skipped", "ended", "ended", "ended", "fixed(1)"])
        let failures: [Outcome] = [.launchFailed(stage: "user"), .undelivered("no queue"), .unconfirmed, .failed(.outOfMemory)]
        #expect(told(.every, failures) == ["failed(1)", "still_failing(2)", "still_failing(3)", "still_failing(4)"])
    }

    @Test("Whoever goes on from what was noted tells the same") func notes() {
        var first = Transitions(), kept: [String: String] = [:]
        let jobs = Making.jobs(Making.job("a", notify: .every))
        for number in 1...3 {
            for (name, text) in first.take(Making.ended(Int64(number), "a", failure), jobs: jobs).notes { kept[name] = text }
        }
        #expect(kept == ["a": "3"])
        #expect(told(.every, [failure, .succeeded], notes: kept) == ["still_failing(4)", "fixed(4)"])
        #expect(told(.every, [failure], notes: ["a": "no number", "b": "-1"]) == ["failed(1)"])
        let healed = first.take(Making.ended(9, "a", .succeeded), jobs: jobs).notes
        #expect(healed == ["a": nil], "a job that is well has no note")
    }

    @Test("An attempt that another follows is no failure yet; the last one is") func attempts() {
        var transitions = Transitions()
        let jobs = Making.jobs(Making.job("a", attempts: 2))
        let first = transitions.take(Making.ended(1, "a", failure), jobs: jobs)
        #expect(first.events.map(\.kind) == [.retrying] && first.notes.isEmpty)
        let last = transitions.take(Making.ended(2, "a", failure, attempt: 2), jobs: jobs)
        let cancelled = transitions.take(Making.ended(3, "a", .cancelled), jobs: jobs)
        let gone = transitions.take(Making.ended(4, "gone", failure), jobs: jobs)
        #expect([last, cancelled, gone].map { $0.events.map(\.kind) } == [[.failed], [.ended], [.failed]])
    }

    @Test("A start tells how late it was, and is late beyond late-after=; a further attempt is not") func late() {
        var transitions = Transitions()
        let jobs = Making.jobs(Making.job("a", lateAfter: .seconds(5)))
        func kinds(_ seconds: Int64, attempt: Int = 1, _ run: RunID = Making.run("a", 100)) -> [FeedEvent] {
            transitions.take(
                Fact(number: 1, at: WallTime(nanoseconds: 0), kind: .started(run, attempt: attempt, at: WallTime(Instant(100 + seconds)))),
                jobs: jobs
            ).events
        }
        #expect(kinds(5).map(\.kind) == [.started] && kinds(5).first?.lateness == .seconds(5))
        #expect(kinds(6).map(\.kind) == [.started, .late] && kinds(6).map(\.place) == [0, 1])
        #expect(kinds(-1).first?.lateness == .zero)
        #expect(kinds(60, attempt: 2).map(\.kind) == [.started] && kinds(60, attempt: 2).first?.lateness == nil)
        #expect(kinds(60, Making.run("b", 100)).map(\.kind) == [.started], "nothing is known of it")
        #expect(kinds(60, RunID(job: JobID("a"), .manual(Instant(1), 1))).map(\.kind) == [.started])
    }

    @Test("A change of the table and what a service lacks are events; a job that the table has no more is not failing any more")
    func others() {
        var transitions = Transitions(notes: ["a": "1", "gone": "2", "a@web": "3", "other": "1", "other@db": "1"])
        let jobs = FeedJobs(
            [JobID("a"): Making.job("a"), JobID("a@here"): Making.job("a@here")], host: "here", elsewhere: [JobID("other")])
        let changed = transitions.take(Fact(number: 7, at: WallTime(nanoseconds: 0), kind: .tableChanged(revision: 3)), jobs: jobs)
        #expect(changed.events.map(\.kind) == [.tableChanged] && changed.events.first?.revision == 3)
        #expect(changed.notes == ["gone": nil])
        let lack = transitions.take(Fact(number: 8, at: WallTime(nanoseconds: 0), kind: .degraded("store", reason: "r")), jobs: jobs)
        #expect(lack.events.map(\.kind) == [.degraded] && lack.events.first?.lack == "store" && lack.events.first?.reason == "r")
        let takeOver = Fact(number: 9, at: WallTime(nanoseconds: 0), kind: .takenOver(Making.run("a", 1), attempt: 1))
        let taken = transitions.take(takeOver, jobs: jobs)
        #expect(taken.events.isEmpty && taken.notes.isEmpty)
    }

    @Test("What runs once is never still failing: nothing is noted for it") func once() {
        var transitions = Transitions()
        let end = transitions.take(Making.ended(1, "at:x", failure), jobs: FeedJobs())
        #expect(end.events.map(\.kind) == [.failed] && end.notes.isEmpty)
    }
}
