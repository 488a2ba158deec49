import CronScheduler
import CronTesting
import Testing

@Suite struct SchedulerTests {
    @Test("A closure runs at each fire time, knows its run, and its history says so")
    func closure() async throws {
        let rehearsal = Rehearsal(), sent = Sent()
        let scheduler = try await rehearsal.start()
        try await scheduler.add("tick", .every(.seconds(30))) { context in
            sent.note(
                "\(context.scheduledAt.seconds - Rehearsal.beginning.seconds) \(context.attempt) \(RunContext.current?.run == context.run)")
        }
        await rehearsal.advance(by: .minutes(2))
        #expect(sent.all == ["30 1 true", "60 1 true", "90 1 true", "120 1 true"], "\(rehearsal.picture)")
        #expect(RunContext.current == nil)
        let history = try await scheduler.history(of: "tick")
        #expect(history.count == 4 && history.allSatisfy { $0.outcome == .succeeded })
        await scheduler.shutdown()
    }

    @Test("A handler gets its parameters, at its fire time in the zone that was named")
    func handler() async throws {
        let rehearsal = Rehearsal(), sent = Sent()
        let scheduler = try await rehearsal.start(handlers: [SendReport(sent: sent)])
        try await scheduler.add("nightly", .cron("0 3 * * *", in: "Europe/Berlin"), SendReport.self, .init(recipient: "ops"))
        await rehearsal.advance(to: Rehearsal.beginning + 7199)
        #expect(sent.all.isEmpty)
        await rehearsal.advance(by: .seconds(1))
        #expect(sent.all == ["ops"], "\(rehearsal.picture)")
        let job = try #require(try await scheduler.job("nightly"))
        #expect(job.nextFireTime == Rehearsal.beginning + 7200 + 86_400)
        #expect(try job.parameters(for: SendReport.self).recipient == "ops")
        #expect(job.runsHere && !job.isPaused)
        await scheduler.shutdown()
    }

    @Test("What a handler throws is its run's failure, kept in the history, and tried again where its job says so")
    func failure() async throws {
        let rehearsal = Rehearsal()
        let scheduler = try await rehearsal.start()
        let options = JobOptions {
            $0.retry = RetryPolicy(attempts: 3, backoff: .fixed(.seconds(5)))
        }
        try await scheduler.add("mail", .at(Rehearsal.beginning + 10), options: options) { context in
            if context.attempt < 3 { throw Trouble() }
            #expect(context.isLastAttempt)
        }
        await rehearsal.advance(by: .minutes(1))
        let outcomes = rehearsal.runs(of: "mail").map(\.outcome)
        #expect(outcomes == [.failed(.exit(1)), .failed(.exit(1)), .succeeded], "\(rehearsal.picture)")
        #expect(rehearsal.runs(of: "mail").first?.reason == "the mail server is away")
        let oldest = try #require(try await scheduler.history(of: "mail").last)
        #expect(String(decoding: oldest.tail, as: UTF8.self) == "the mail server is away")
        #expect(rehearsal.events(.retryScheduled).count == 2)
        await scheduler.shutdown()
    }

    @Test("Adding under an id that is taken: replace if it differs, keep, or refuse")
    func conflicts() async throws {
        let rehearsal = Rehearsal()
        let scheduler = try await rehearsal.start(handlers: [SendReport(sent: Sent())])
        let hourly = JobSchedule.every(.hours(1))
        #expect(try await scheduler.add("r", hourly, SendReport.self, .init(recipient: "a")) == .added)
        #expect(try await scheduler.add("r", hourly, SendReport.self, .init(recipient: "a")) == .unchanged)
        #expect(try await scheduler.add("r", hourly, SendReport.self, .init(recipient: "b")) == .replaced)
        #expect(try await scheduler.add("r", hourly, SendReport.self, .init(recipient: "c"), onConflict: .keep) == .kept)
        await #expect(throws: SchedulerError.jobExists("r")) {
            try await scheduler.add("r", hourly, SendReport.self, .init(recipient: "c"), onConflict: .refuse)
        }
        let job = try #require(try await scheduler.job("r"))
        #expect(try job.parameters(for: SendReport.self).recipient == "b")
        #expect(rehearsal.events(.jobAdded).count == 1)
        #expect(rehearsal.events(.jobModified).count == 1)
        await scheduler.shutdown()
    }

    @Test("Another definition of the same times changes no fire time; other times count from now on")
    func changes() async throws {
        let rehearsal = Rehearsal(), sent = Sent()
        let scheduler = try await rehearsal.start(handlers: [SendReport(sent: sent)])
        try await scheduler.add("r", .every(.minutes(10)), SendReport.self, .init(recipient: "a"))
        await rehearsal.advance(by: .minutes(9))
        try await scheduler.modify("r", SendReport.self, .init(recipient: "b"))
        try await scheduler.modify("r") { $0.grace = .minutes(5) }
        await rehearsal.advance(by: .minutes(1))
        #expect(sent.all == ["b"], "\(rehearsal.picture)")
        // Every four minutes from 1970: 0:08 has passed and is nobody's, 0:12 is the next.
        let job = try await scheduler.reschedule("r", .every(.minutes(4)))
        #expect(job.nextFireTime == Rehearsal.beginning + 720)
        #expect(job.options.grace == .minutes(5))
        await rehearsal.advance(by: .minutes(2))
        #expect(sent.all == ["b", "b"])
        #expect(rehearsal.events(.jobRescheduled).count == 1)
        await scheduler.shutdown()
    }

    @Test("A run that goes on is not touched by a change, a pause or a removal of its job")
    func running() async throws {
        let rehearsal = Rehearsal(), gate = Gate()
        let scheduler = try await rehearsal.start()
        try await scheduler.add("slow", .every(.minutes(1))) { _ in await rehearsal.wait(at: gate) }
        await rehearsal.advance(by: .minutes(1))
        try await scheduler.reschedule("slow", .every(.hours(1)))
        try await scheduler.pause("slow")
        try await scheduler.remove("slow")
        #expect(try await scheduler.runningRuns.count == 1)
        gate.open()
        await rehearsal.rest()
        #expect(rehearsal.runs(of: "slow").map(\.outcome) == [.succeeded], "\(rehearsal.picture)")
        await scheduler.shutdown()
    }

    @Test("A paused job stays paused when it is rescheduled; resumed, it goes on from now: no flood")
    func pausing() async throws {
        let rehearsal = Rehearsal(), sent = Sent()
        let scheduler = try await rehearsal.start()
        let options = JobOptions {
            $0.grace = nil
            $0.catchUp = .all(limit: 1000)
        }
        try await scheduler.add("p", .every(.minutes(1)), options: options) { _ in sent.note("run") }
        try await scheduler.pause("p")
        await rehearsal.advance(by: .minutes(10))
        try await scheduler.reschedule("p", .every(.minutes(2)))
        #expect(try await scheduler.job("p")?.isPaused == true)
        await rehearsal.advance(by: .minutes(10))
        #expect(sent.all.isEmpty, "\(rehearsal.picture)")
        #expect(rehearsal.events(.skipped, of: "p").count == 15)
        try await scheduler.resume("p")
        await rehearsal.advance(by: .minutes(2))
        #expect(sent.all.count == 1, "\(rehearsal.picture)")
        try await scheduler.pause("p", until: rehearsal.now + 300)
        await rehearsal.advance(by: .minutes(10))
        // 0:24 and 0:26 are skipped, 0:28, 0:30 and 0:32 run.
        #expect(sent.all.count == 4, "\(rehearsal.picture)")
        #expect(try await scheduler.job("p")?.isPaused == false)
        await scheduler.shutdown()
    }

    @Test("A scheduler that starts paused takes jobs and starts nothing; what came meanwhile is skipped(paused)")
    func startsPaused() async throws {
        let rehearsal = Rehearsal(), sent = Sent()
        let scheduler = try await rehearsal.start(paused: true)
        try await scheduler.add("p", .every(.minutes(1))) { _ in sent.note("run") }
        await rehearsal.advance(by: .minutes(3))
        #expect(sent.all.isEmpty)
        #expect(await scheduler.isPaused)
        try await scheduler.resume()
        await rehearsal.advance(by: .minutes(2))
        #expect(sent.all.count == 2, "\(rehearsal.picture)")
        try await scheduler.pause()
        await rehearsal.advance(by: .minutes(2))
        try await scheduler.resume()
        await rehearsal.rest()
        #expect(sent.all.count == 2, "\(rehearsal.picture)")
        let records = try await scheduler.history(of: "p")
        #expect(records.map(\.outcome) == [.skipped(.paused), .succeeded, .succeeded, .skipped(.paused)])
        #expect(records.map(\.count) == [2, 1, 1, 3])
        await scheduler.shutdown()
    }

    @Test("Jobs are listed in order, removed one by one or all; an unknown one is said")
    func removing() async throws {
        let rehearsal = Rehearsal(), sent = Sent()
        let scheduler = try await rehearsal.start(handlers: [SendReport(sent: sent)])
        for name in ["c", "a", "b"] { try await scheduler.add(JobID(name), .every(.minutes(1)), SendReport.self, .init(recipient: name)) }
        try await scheduler.add("d", .every(.minutes(1))) { _ in sent.note("d") }
        #expect(try await scheduler.jobs.map(\.id) == ["a", "b", "c", "d"])
        try await scheduler.remove("b")
        await #expect(throws: SchedulerError.unknownJob("b")) { try await scheduler.remove("b") }
        await #expect(throws: SchedulerError.unknownJob("b")) { try await scheduler.pause("b") }
        await #expect(throws: SchedulerError.unknownJob("b")) { try await scheduler.reschedule("b", .every(.minutes(1))) }
        await #expect(throws: SchedulerError.unknownJob("b")) { try await scheduler.runNow("b") }
        #expect(try await scheduler.job("b") == nil)
        await rehearsal.advance(by: .minutes(1))
        #expect(sent.all.sorted() == ["a", "c", "d"], "\(rehearsal.picture)")
        #expect(try await scheduler.removeAll() == 3)
        #expect(try await scheduler.jobs.isEmpty)
        await rehearsal.advance(by: .minutes(1))
        #expect(sent.all.count == 3)
        #expect(rehearsal.events(.allJobsRemoved).count == 1)
        await scheduler.shutdown()
    }

    @Test("Once: at a time, now, or just past within grace; then the job is gone. Too late is missed")
    func once() async throws {
        let rehearsal = Rehearsal(), sent = Sent()
        let scheduler = try await rehearsal.start(handlers: [SendReport(sent: sent)])
        let now = rehearsal.now
        try await scheduler.once("later", at: now + 60, SendReport.self, .init(recipient: "later"))
        let id = try await scheduler.once(SendReport.self, .init(recipient: "now"))
        try await scheduler.once("past", at: now - 30, SendReport.self, .init(recipient: "past"))
        try await scheduler.once("long-past", at: now - 3600, SendReport.self, .init(recipient: "long past"))
        await rehearsal.rest()
        #expect(sent.all.sorted() == ["now", "past"], "\(rehearsal.picture)")
        #expect(rehearsal.events(.missed, of: "long-past").count == 1)
        #expect(try await scheduler.jobs.map(\.id) == ["later"])
        await rehearsal.advance(by: .minutes(1))
        #expect(sent.all.last == "later")
        #expect(try await scheduler.jobs.isEmpty)
        let gone = rehearsal.events(.jobRemoved)
        #expect(gone.contains(.jobRemoved(id, .done)) && gone.contains(.jobRemoved("later", .done)), "\(rehearsal.picture)")
        await scheduler.shutdown()
    }

    @Test("Run now: beside the schedule, though the job is paused; refused where its runs overlap, unless forced")
    func runNow() async throws {
        let rehearsal = Rehearsal(), gate = Gate()
        let scheduler = try await rehearsal.start()
        try await scheduler.add("slow", .every(.hours(1))) { _ in await rehearsal.wait(at: gate) }
        try await scheduler.pause("slow")
        let run = try await scheduler.runNow("slow")
        await rehearsal.rest()
        await #expect(throws: SchedulerError.self) { try await scheduler.runNow("slow") }
        let forced = try await scheduler.runNow("slow", isForced: true)
        #expect(run != forced)
        gate.open()
        await rehearsal.rest()
        #expect(rehearsal.runs(of: "slow").map(\.trigger) == [.manual, .manual], "\(rehearsal.picture)")
        await scheduler.shutdown()
    }

    @Test("Drain waits for what runs and starts nothing; afterwards every call says that it has ended")
    func drain() async throws {
        let rehearsal = Rehearsal(), gate = Gate()
        let scheduler = try await rehearsal.start()
        try await scheduler.add("slow", .every(.minutes(1))) { _ in await rehearsal.wait(at: gate) }
        await rehearsal.advance(by: .minutes(1))
        let running = Task { await scheduler.ended() }
        let drained = Task { await scheduler.drain() }
        gate.open()
        await drained.value
        await running.value
        #expect(rehearsal.runs(of: "slow").map(\.outcome) == [.succeeded], "\(rehearsal.picture)")
        #expect(rehearsal.events().last == .schedulerEnded)
        await #expect(throws: SchedulerError.ended) { try await scheduler.jobs }
    }

    @Test("A shutdown without patience cancels what runs, and waits until that has ended")
    func shutdown() async throws {
        let rehearsal = Rehearsal(), sent = Sent()
        let scheduler = try await rehearsal.start()
        try await scheduler.add("slow", .every(.minutes(1))) { _ in
            do { try await rehearsal.sleep(for: .hours(1)) } catch {
                sent.note("cleaned up")
                throw error
            }
        }
        await rehearsal.advance(by: .minutes(1))
        await scheduler.shutdown(patience: .zero)
        #expect(sent.all == ["cleaned up"])
        #expect(rehearsal.runs(of: "slow").map(\.outcome) == [.cancelled], "\(rehearsal.picture)")
    }

    @Test("Cancelling a run ends it as cancelled, whatever it then does")
    func cancel() async throws {
        let rehearsal = Rehearsal()
        let scheduler = try await rehearsal.start()
        try await scheduler.add("slow", .every(.hours(1))) { _ in try? await rehearsal.sleep(for: .hours(2)) }
        let run = try await scheduler.runNow("slow")
        await rehearsal.rest()
        #expect(try await scheduler.cancel(run))
        await rehearsal.rest()
        #expect(rehearsal.runs(of: "slow").map(\.outcome) == [.cancelled], "\(rehearsal.picture)")
        #expect(try await !scheduler.cancel(run))
        await scheduler.shutdown()
    }

    @Test("What cannot be a job is refused with a word that says why")
    func refusals() async throws {
        let rehearsal = Rehearsal()
        let scheduler = try await rehearsal.start()
        func refusal(_ id: JobID, _ schedule: JobSchedule, _ options: JobOptions = .init()) async -> String {
            do {
                try await scheduler.add(id, schedule, options: options) { _ in }
                return "added"
            } catch {
                return "\(error)"
            }
        }
        #expect(await refusal("a@b", .every(.minutes(1))).contains("no id of a job"))
        #expect(await refusal("", .every(.minutes(1))).contains("no id of a job"))
        #expect(await refusal("at:x", .every(.minutes(1))).contains("no id of a job"))
        #expect(await refusal("x", .cron("61 * * * *")).contains("61"))
        #expect(await refusal("x", .cron("@reboot")).contains("no fire times"))
        #expect(await refusal("x", .cron("* * * * *", in: "Europe/Berlim")).contains("Berlim"))
        #expect(await refusal("x", .every(.milliseconds(500))).contains("whole seconds"))
        #expect(await refusal("x", .every(1, .days, hour: 25)).contains("no clock shows"))
        #expect(await refusal("x", .every(.minutes(1)), JobOptions { $0.timeout = .zero }).contains("timeout"))
        #expect(try await scheduler.jobs.isEmpty)
        await scheduler.shutdown()
    }

    @Test("Two handlers of one name are refused at the start")
    func twice() async throws {
        let scheduler = Scheduler(handlers: [SendReport(sent: Sent()), SendReport(sent: Sent())])
        await #expect(throws: SchedulerError.handlerTwice("send-report")) { try await scheduler.start() }
    }

    @Test("On the machine's clocks: what is due now runs, and run() returns after the shutdown")
    func realClocks() async throws {
        let scheduler = Scheduler()
        let events = scheduler.events(.runSucceeded)
        try await scheduler.once("now") { _ in }
        let running = Task { try await scheduler.run() }
        for await event in events {
            #expect(event.job == "now")
            break
        }
        await scheduler.shutdown()
        try await running.value
    }

    @Test("A task that runs the scheduler ends it when it is cancelled")
    func cancelledTask() async throws {
        let scheduler = Scheduler()
        let events = scheduler.events(.schedulerStarted)
        let running = Task { try await scheduler.run() }
        for await _ in events { break }
        running.cancel()
        try await running.value
        await #expect(throws: SchedulerError.ended) { try await scheduler.jobs }
    }
}
