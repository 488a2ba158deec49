import CronScheduler
import CronTesting
import Testing

/// What APScheduler 3 promises to those who come from there, in our words.
@Suite struct APSchedulerTests {
    /// A job whose scheduler was away over several of its fire times; answers the fire times that its runs stood for.
    private static func comeBack(
        after away: Duration, _ change: @escaping @Sendable (inout JobOptions) -> Void
    ) async throws -> (runs: [Int64], rehearsal: Rehearsal) {
        let rehearsal = Rehearsal(), ran = Ran()
        let scheduler = try await rehearsal.start()
        try await scheduler.add("j", .every(.minutes(1)), options: JobOptions(change)) { context in
            ran.note(context.scheduledAt.seconds - Rehearsal.beginning.seconds)
        }
        await rehearsal.advance(by: .seconds(1))
        await rehearsal.suspend(for: away)
        let runs = ran.all
        await scheduler.shutdown()
        return (runs, rehearsal)
    }

    @Test("misfire_grace_time: later than that a run is missed, and told as such")
    func grace() async throws {
        let (late, one) = try await Self.comeBack(after: .seconds(100)) { $0.grace = .seconds(41) }
        #expect(late == [60], "\(one.picture)")
        let (tooLate, two) = try await Self.comeBack(after: .seconds(100)) { $0.grace = .seconds(40) }
        #expect(tooLate.isEmpty, "\(two.picture)")
        #expect(two.events(.missed).count == 1)
    }

    @Test("misfire_grace_time=None: never too late")
    func noGrace() async throws {
        let (runs, rehearsal) = try await Self.comeBack(after: .days(3)) { $0.grace = nil }
        #expect(runs == [3 * 86_400], "\(rehearsal.picture)")
    }

    @Test("coalesce: the latest, the earliest, or each of them")
    func coalesce() async throws {
        let (latest, one) = try await Self.comeBack(after: .seconds(300)) { $0.grace = .minutes(10) }
        #expect(latest == [300], "\(one.picture)")
        let (earliest, two) = try await Self.comeBack(after: .seconds(300)) {
            $0.grace = .minutes(10)
            $0.catchUp = .first
        }
        #expect(earliest == [60], "\(two.picture)")
        let (each, three) = try await Self.comeBack(after: .seconds(300)) {
            $0.grace = .minutes(10)
            $0.catchUp = .all(limit: 100)
            $0.overlap = .allow
        }
        #expect(each.sorted() == [60, 120, 180, 240, 300], "\(three.picture)")
    }

    @Test("A coalesced run knows which fire times it stands for")
    func coalescedContext() async throws {
        let rehearsal = Rehearsal(), ran = Ran()
        let scheduler = try await rehearsal.start()
        try await scheduler.add("j", .every(.minutes(1)), options: JobOptions { $0.grace = .minutes(10) }) { context in
            ran.note(context.fireTimes.lowerBound.seconds - Rehearsal.beginning.seconds)
            ran.note(Int64(context.missed))
            #expect(context.lateness == .seconds(1))
            #expect(context.trigger == .scheduled)
        }
        await rehearsal.suspend(for: .seconds(301))
        #expect(ran.all == [60, 4], "\(rehearsal.picture)")
        await scheduler.shutdown()
    }

    @Test("max_instances: a fire time that finds so many running is skipped, told, and the next one still comes")
    func maxInstances() async throws {
        let rehearsal = Rehearsal(), gate = Gate()
        let scheduler = try await rehearsal.start()
        let options = JobOptions {
            $0.overlap = .allow
            $0.maxRunning = 2
        }
        try await scheduler.add("j", .every(.minutes(1)), options: options) { _ in await rehearsal.wait(at: gate) }
        await rehearsal.advance(by: .minutes(4))
        #expect(rehearsal.events(.runStarted).count == 2, "\(rehearsal.picture)")
        #expect(rehearsal.events(.skipped).count == 2, "\(rehearsal.picture)")
        gate.open()
        await rehearsal.rest()
        await rehearsal.advance(by: .minutes(1))
        #expect(rehearsal.events(.runStarted).count == 3)
        await scheduler.shutdown()
    }

    @Test("jitter is added, never taken away, and is the same for the same fire time")
    func jitter() async throws {
        var starts: [[WallTime?]] = []
        for _ in 1...2 {
            let rehearsal = Rehearsal()
            let scheduler = try await rehearsal.start()
            try await scheduler.add("j", .every(.minutes(10)), options: JobOptions { $0.jitter = .seconds(60) }) { _ in }
            await rehearsal.advance(by: .hours(3))
            let runs = rehearsal.runs(of: "j")
            for run in runs {
                let delay = try #require(run.startedAt) - WallTime(run.scheduledAt)
                #expect(delay >= .zero && delay < .seconds(60))
            }
            starts.append(runs.map(\.startedAt))
            await scheduler.shutdown()
        }
        #expect(starts[0] == starts[1] && starts[0].count >= 17)
        #expect(Set(starts[0].map { $0.map { $0.nanoseconds % 600_000_000_000 } }).count > 3)
    }

    @Test("start_date and end_date; a job without a further fire time is gone")
    func dates() async throws {
        let rehearsal = Rehearsal()
        let scheduler = try await rehearsal.start()
        let (start, end) = (Rehearsal.beginning + 100, Rehearsal.beginning + 300)
        try await scheduler.add("j", .every(.minutes(1)).starting(at: start).ending(at: end)) { _ in }
        await rehearsal.advance(by: .minutes(10))
        let times = rehearsal.runs(of: "j").map { $0.scheduledAt - Rehearsal.beginning }
        #expect(times == [120, 180, 240, 300], "\(rehearsal.picture)")
        #expect(try await scheduler.jobs.isEmpty)
        await scheduler.shutdown()
    }

    @Test("A job may add, change and remove jobs, its own included")
    func fromWithin() async throws {
        let rehearsal = Rehearsal()
        let scheduler = try await rehearsal.start()
        try await scheduler.add("parent", .every(.minutes(1))) { context in
            try await scheduler.once("child", at: context.scheduledAt + 30) { _ in }
            try await scheduler.remove(context.job)
        }
        await rehearsal.advance(by: .minutes(5))
        #expect(rehearsal.runs(of: "parent").count == 1, "\(rehearsal.picture)")
        #expect(rehearsal.runs(of: "child").count == 1, "\(rehearsal.picture)")
        await scheduler.shutdown()
    }

    @Test("A job added with an earlier time than all others wakes the scheduler for it")
    func earlier() async throws {
        let rehearsal = Rehearsal()
        let scheduler = try await rehearsal.start()
        try await scheduler.add("late", .at(Rehearsal.beginning + 3600)) { _ in }
        try await scheduler.add("early", .at(Rehearsal.beginning + 5)) { _ in }
        await rehearsal.advance(by: .seconds(5))
        #expect(rehearsal.runs(of: "early").first?.startedAt == WallTime(Rehearsal.beginning + 5), "\(rehearsal.picture)")
        await scheduler.shutdown()
    }

    @Test("Their seventeen events have counterparts, which a listener filters by kind and job")
    func events() async throws {
        let rehearsal = Rehearsal(), gate = Gate()
        let scheduler = rehearsal.scheduler()
        let all = scheduler.events(), failures = scheduler.events(.runFailed, of: "bad"), nothing = scheduler.events(.runFailed, of: "tick")
        try await scheduler.start()
        try await scheduler.add("tick", .every(.minutes(1))) { _ in await rehearsal.wait(at: gate) }
        try await scheduler.add("bad", .every(.minutes(1))) { _ in throw Trouble() }
        try await scheduler.modify("tick") { $0.grace = .seconds(5) }
        try await scheduler.pause("bad")
        try await scheduler.resume("bad")
        await rehearsal.advance(by: .minutes(2))
        gate.open()
        await rehearsal.rest()
        await rehearsal.suspend(for: .seconds(150))
        try await scheduler.remove("bad")
        try await scheduler.pause()
        try await scheduler.resume()
        try await scheduler.removeAll()
        await scheduler.shutdown()
        var kinds: Set<JobEvent.Kind> = [], failed = 0
        for await event in all { kinds.insert(event.kind) }
        for await event in failures {
            failed += 1
            #expect(event.job == "bad")
        }
        for await event in nothing { Issue.record("not asked for: \(event)") }
        #expect(failed == 3, "\(rehearsal.picture)")
        #expect(
            kinds.isSuperset(of: [
                .schedulerStarted, .schedulerEnded, .schedulerPaused, .schedulerResumed, .allJobsRemoved, .jobAdded, .jobRemoved,
                .jobModified,
                .jobPaused, .jobResumed, .runStarted, .runSucceeded, .runFailed, .missed, .skipped,
            ]), "\(rehearsal.picture)")
    }

    @Test("A listener that does not keep up is told how many events it lost")
    func slowListener() async throws {
        let rehearsal = Rehearsal()
        let scheduler = try await rehearsal.start()
        let events = scheduler.events(.jobAdded, .gap)
        for number in 0..<1500 { try await scheduler.add("j", .every(.minutes(1 + number % 2))) { _ in } }
        for number in 0..<1500 { try await scheduler.add(JobID("j\(number)"), .every(.hours(1))) { _ in } }
        await scheduler.shutdown()
        var lost = 0, seen = 0
        for await event in events { if case .gap(let count) = event { lost += count } else { seen += 1 } }
        #expect(lost > 0 && seen <= 1024 && seen > 500)
    }
}
