import CronExpressions
import CronJobs
import CronEngine
import Testing

@Suite("Why a job ran, or did not")
struct FireTimeFactsTests {
    private static func at(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }

    private static func job(_ fields: String = "0 3 * * *", zone: String = "Europe/Berlin") throws -> Job {
        let zone = try ZoneDatabase(directory: "/nowhere").zone(named: zone)
        return Job(id: JobID("nightly"), timing: .cron(try CronExpression(fields).schedule(in: zone)), command: Command(text: "x"))
    }

    /// Of 27 November 2026, 3:00 in Berlin, seen in the evening; the job stood in the table then, and is decided up to now.
    private static func facts(_ time: String = "2026-11-27T02:00:00Z", _ job: Job? = nil) throws -> FireTimeFacts {
        let now = try at("2026-11-27T18:00:00Z"), job = try job ?? Self.job()
        var facts = FireTimeFacts(job: JobID("nightly"), time: try at(time), now: now, keptFrom: WallTime(now - 7 * 86_400))
        facts.current = job
        facts.then = .had(job)
        facts.watermark = now
        facts.before = record(try at("2026-11-26T02:00:00Z"), .succeeded)
        return facts
    }

    private static func record(_ time: Instant, _ outcome: Outcome?, count: Int = 1) -> RunRecord {
        RunRecord(
            run: RunID(job: JobID("nightly"), .scheduled(time)), attempt: 1, trigger: .scheduled, first: time - Int64(count - 1) * 60,
            count: count, claimedAt: WallTime(time), startedAt: nil, finishedAt: outcome == nil ? nil : WallTime(time), outcome: outcome,
            resources: nil, tail: [])
    }

    @Test("A record is the answer, whatever else is true; the pause in which the time lay is told beside it")
    func recorded() throws {
        var facts = try Self.facts()
        facts.record = Self.record(facts.time, .skipped(.paused))
        let words = [
            PauseHistory.Word(isPause: true, at: WallTime(facts.time - 60), by: "uid 0"),
            PauseHistory.Word(isPause: false, at: WallTime(facts.time + 60), by: "uid 0"),
        ]
        facts.pause = PauseHistory(words).period(at: WallTime(facts.time))
        facts.then = .lacked(broughtBy: nil)
        let account = facts.account
        #expect(account.verdict == .recorded && account.run?.outcome == .skipped(.paused))
        #expect(account.pause?.pause.by == "uid 0" && account.pause?.end == WallTime(facts.time + 60))
        #expect(account.before?.outcome == .succeeded)
        #expect(try account.next == (Self.at("2026-11-28T02:00:00Z")))
    }

    @Test("Where the store could not be used then, that is told, unless the run was on time all the same")
    func outage() throws {
        var facts = try Self.facts()
        let period = FireTimeAccount.OutagePeriod(
            from: WallTime(facts.time + 5), until: WallTime(facts.time + 600), reason: "connection refused")
        #expect(period.contains(WallTime(facts.time)), "it is noticed a while after")
        #expect(!period.contains(WallTime(facts.time + 601)) && !period.contains(WallTime(facts.time - 60)))
        facts.outage = period
        #expect(facts.account.outage == period)
        facts.record = Self.record(facts.time, .missed(1))
        #expect(facts.account.outage == period)
        #expect(try FireTimeAccount(json: facts.account.json) == facts.account, "as it is handed on")
        facts.record = Self.record(facts.time, .succeeded)
        facts.record?.startedAt = WallTime(facts.time)
        #expect(facts.account.outage == nil)
    }

    @Test("A time that the schedule does not name is told with those around it")
    func notScheduled() throws {
        let account = try Self.facts("2026-11-27T02:05:00Z").account
        #expect(account.verdict == .notScheduled)
        #expect(try account.earlier == (Self.at("2026-11-27T02:00:00Z")) && account.later == (Self.at("2026-11-28T02:00:00Z")))
    }

    @Test("A job that the table had not yet is told with the revision that brought it; one that left, with the one in force")
    func notInTable() throws {
        var facts = try Self.facts()
        let mark = FireTimeAccount.RevisionMark(number: 7, createdAt: WallTime(facts.time + 3600))
        facts.then = .lacked(broughtBy: mark)
        #expect(facts.account.verdict == .notYet && facts.account.revision == mark)
        (facts.then, facts.current) = (.lacked(broughtBy: nil), nil)
        #expect(facts.account.verdict == .notInTable)
    }

    @Test("The schedule that the table had then decides, not the one that it has now")
    func scheduleOfThen() throws {
        var facts = try Self.facts()
        facts.then = .had(try Self.job("0 4 * * *"))
        #expect(facts.account.verdict == .notScheduled)
    }

    @Test("What another host runs, what is not decided yet and why, what is to come")
    func others() throws {
        var facts = try Self.facts()
        facts.host = "web-2"
        #expect(facts.account.verdict == .elsewhere && facts.account.host == "web-2")
        facts = try Self.facts()
        facts.watermark = facts.time - 1
        facts.trouble = "the store fails"
        #expect(facts.account.verdict == .undecided && facts.account.reason == "the store fails")
        #expect(try Self.facts("2026-11-28T02:00:00Z").account.verdict == .ahead)
        #expect(try Self.facts("2026-11-28T03:00:00Z").account.verdict == .notScheduled)
        let startup = Job(id: JobID("nightly"), timing: .startup, command: Command(text: "x"))
        #expect(try Self.facts("2026-11-27T02:00:00Z", startup).account.verdict == .startup)
    }

    @Test("A decided time without a record: dropped by age, or as the oldest of its job; else the store lost it, and that is said")
    func dropped() throws {
        var facts = try Self.facts("2026-11-10T02:00:00Z")
        #expect(facts.account.verdict == .pruned && facts.account.keptFrom == facts.keptFrom)
        facts = try Self.facts()
        facts.before = nil
        #expect(facts.account.verdict == .pruned)
        #expect(try Self.facts().account.verdict == .unrecorded)
    }

    @Test("A time that the clocks skip is none for a job that follows them; for a fixed one it is the moment after the gap")
    func forward() throws {
        let gap = "2026-03-29T01:00:00Z"
        #expect(try Self.facts(gap, Self.job("30 5 * * *")).account.verdict == .notScheduled, "nothing of it lies in the gap")
        #expect(try Self.facts(gap, Self.job("30 2 * * *")).account.verdict != .clockForward, "it starts at 03:00")
        #expect(try Self.facts(gap, Self.job("*/30 2 * * *")).account.verdict == .clockForward)
    }

    @Test("A time that the clocks show a second time is told with the first")
    func back() throws {
        let account = try Self.facts("2026-10-25T01:30:00Z", Self.job("30 2 * * *")).account
        #expect(try account.verdict == .clockBack && account.shownFirst == (Self.at("2026-10-25T00:30:00Z")))
        #expect(try Self.facts("2026-10-25T01:30:00Z", Self.job("*/30 * * * *")).account.verdict != .clockBack, "it runs at both")
    }
}
