@testable import CronDaemon
import CronExpressions
import CronJobs
import Testing

@Suite struct ListingTests {
    private static let now = Instant(1_700_000_000)

    private func jobs() throws -> [Job] {
        try [("b", "0 0 1 1 *"), ("a", "* * * * *"), ("c@web", "0 * * * *")].map { name, text in
            let schedule = try CronExpression(text).schedule(in: .utc)
            return Job(id: JobID(name), timing: .cron(schedule), command: Command(text: "run \(name)"))
        } + [Job(id: JobID("boot"), timing: .startup, command: Command(text: "up"))]
    }

    private func listing() throws -> JobListing {
        JobListing(
            jobs: try jobs(), running: [RunID(job: JobID("a"), .scheduled(Instant(0))), RunID(job: JobID("a"), .scheduled(Instant(60)))],
            paused: [JobID("c"): Pause(from: nil, by: "uid 0")], stale: [JobID("b")], now: Self.now)
    }

    private func names(_ parts: [ControlPart]) -> [String] {
        parts.compactMap { if case .job(let job) = $0 { "\(job.id)" } else { nil } }
    }

    @Test func jobsInOrder() throws {
        var query = JobQuery()
        #expect(names(try listing().answer(query)) == ["a", "b", "boot", "c@web"])
        query.order = .next
        #expect(names(try listing().answer(query)) == ["a", "c@web", "b", "boot"], "what has no next time comes last")
        query.page.isBackwards = true
        query.page.limit = 2
        let first = try listing().answer(query)
        #expect(names(first) == ["boot", "b"])
        guard case .end(let end)? = first.last else { return #expect(Bool(false), "the last part is the end") }
        #expect(end.count == 2 && end.total == 4)
        query.page.after = end.next
        #expect(names(try listing().answer(query)) == ["c@web", "a"])
    }

    @Test func whatIsPutOffShowsWhenItIsDue() throws {
        func job(_ change: (inout JobPolicies.Values) -> Void) throws -> Job {
            var policies = JobPolicies.Values()
            change(&policies)
            return Job(
                id: JobID("a"), timing: .cron(try CronExpression("0 * * * *").schedule(in: .utc)), command: Command(text: "x"),
                policies: JobPolicies(policies))
        }
        // 22:13:20; the last fire time was 22:00.
        let hour = Instant(1_699_999_200)
        let delayed = try job { $0.delay = .seconds(1800) }
        for (job, next, due) in [
            (delayed, hour, Optional(hour + 1800)), (try job { $0.delay = .seconds(600) }, hour + 3600, hour + 4200),
            (try job { _ in }, hour + 3600, nil),
        ] {
            let listing = JobListing(jobs: [job], running: [], paused: [:], stale: [], now: Self.now)
            guard case .job(let shown) = listing.answer(JobQuery())[0] else { return #expect(Bool(false)) }
            #expect(shown.next == next && shown.due == due)
            #expect(try JobSnapshot(json: shown.json) == shown)
        }
    }

    @Test("A job of another host is listed with it, and a run that goes on at another node with its host") func otherHosts() throws {
        var policies = JobPolicies.Values()
        policies.host = .named("web-2")
        let there = Job(
            id: JobID("there"), timing: .cron(try CronExpression("0 * * * *").schedule(in: .utc)), command: Command(text: "x"),
            policies: JobPolicies(policies))
        let run = RunID(job: JobID("there"), .scheduled(Instant(1_699_999_200)))
        let time = Instant(1_699_999_200)
        let record = RunRecord(
            run: run, attempt: 1, trigger: .scheduled, first: time, count: 1, claimedAt: WallTime(time), startedAt: WallTime(time),
            finishedAt: nil, outcome: nil, resources: nil, tail: [])
        var listing = JobListing(jobs: [there], running: [], paused: [:], stale: [], now: Self.now)
        listing.host = "web-1"
        listing.runsElsewhere = [run: "web-2"]
        listing.last = [there.id: record]
        var query = JobQuery()
        query.states = [.running]
        let parts = listing.answer(query)
        guard case .job(let shown) = parts[0], case .end(let end)? = parts.last else { return #expect(Bool(false), "\(parts)") }
        #expect(shown.host == "web-2" && shown.last?.host == "web-2" && shown.running == 0 && shown.states == [.running])
        #expect(end.states == ["running": 1])
        #expect(try JobSnapshot(json: shown.json) == shown)
        listing.host = "WEB-2"
        guard case .job(let own) = listing.answer(query)[0] else { return }
        #expect(own.host == nil)
    }

    @Test func jobsThatAreWanted() throws {
        func found(_ change: (inout JobQuery) -> Void) throws -> [String] {
            var query = JobQuery()
            change(&query)
            return names(try listing().answer(query))
        }
        #expect(try found { $0.states = [.running] } == ["a"])
        #expect(try found { $0.states = [.paused, .stale] } == ["b", "c@web"])
        #expect(try found { $0.states = [.idle] } == ["boot"])
        #expect(try found { $0.jobs = [JobID("c"), JobID("no")] } == ["c@web"])
        #expect(try found { $0.contains = "run a" } == ["a"])
    }

    @Test func aJobSaysHowItStands() throws {
        let parts = try listing().answer(JobQuery())
        guard case .job(let a) = parts[0], case .job(let c) = parts[3] else { return #expect(Bool(false), "\(parts)") }
        #expect(a.running == 2 && a.states == [.running] && a.next == Instant(1_700_000_040))
        #expect(c.states == [.paused] && c.pause?.by == "uid 0")
    }

    @Test func runsOfTheStore() async throws {
        let ledger = MemoryLedger()
        _ = await ledger.open(bootID: "b", now: WallTime(Instant(0)))
        for second in Int64(1)...20 {
            for job in ["a", "b"] {
                let run = RunID(job: JobID(job), .scheduled(Instant(second)))
                let claim = Claim(run: run, trigger: .scheduled, first: Instant(second), since: Instant(0))
                guard case .won(let fence)? = await ledger.claim([claim], now: WallTime(Instant(second))).first else { continue }
                let outcome: Outcome? = second == 20 ? nil : second.isMultiple(of: 5) ? .failed(.exit(1)) : .succeeded
                guard let outcome else { continue }
                _ = await ledger.finish([Finish(run: run, fence: fence, outcome: outcome, at: WallTime(Instant(second)))])
            }
        }
        let listing = RunListing(ledger: ledger, jobs: [JobID("a"), JobID("b")])
        func found(_ change: (inout RunQuery) -> Void) async throws -> (runs: [String], end: ControlEnd?) {
            var query = RunQuery()
            change(&query)
            let parts = try await listing.answer(query)
            let runs = parts.compactMap { if case .run(let run) = $0 { "\(run.run)" } else { nil } }
            if case .end(let end)? = parts.last { return (runs, end) }
            return (runs, nil)
        }
        #expect(try await found { $0.isOpen = true }.runs == ["b@20", "a@20"])
        #expect(try await found { ($0.jobs, $0.outcomes) = ([JobID("a")], ["failed"]) }.runs == ["a@15", "a@10", "a@5"])
        #expect(try await found { $0.at = Instant(7) }.runs == ["b@7", "a@7"])
        #expect(try await found { $0.since = WallTime(Instant(19)) }.end?.total == 4)
        let first = try await found { $0.page.limit = 3 }
        #expect(first.runs == ["b@20", "a@20", "b@19"] && first.end?.total == 40)
        let second = try await found { ($0.page.limit, $0.page.after) = (3, first.end?.next) }
        #expect(second.runs == ["a@19", "b@18", "a@18"])
        #expect(try await found { ($0.jobs, $0.page.isBackwards, $0.page.limit) = ([JobID("a")], true, 2) }.runs == ["a@1", "a@2"])
    }
}
