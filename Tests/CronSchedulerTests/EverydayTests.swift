import CronScheduler
import CronStoreSQLite
import CronTesting
import FoundationEssentials
import Testing

/// A later version of `SendReport`, of a later program.
private struct SendReports: JobHandler {
    static let name = "send-report"
    static let schemaVersion = 2
    static let oldestSchemaVersion = 1
    struct Parameters: Codable, Hashable, Sendable { var recipients: [String] }
    let sent: Sent

    static func migrate(_ stored: StoredParameters) throws -> Parameters {
        Parameters(recipients: [try stored.decode(SendReport.Parameters.self).recipient])
    }

    func run(_ parameters: Parameters, in context: RunContext) async throws { for name in parameters.recipients { sent.note(name) } }
}

@Suite("What one does with a scheduler from day to day") struct EverydayTests {
    private let rehearsal = Rehearsal()
    private let sent = Sent()

    // MARK: Changing

    @Test("A change counts from the next instant on: new times begin after now, and no time of the old ones comes any more")
    func fromNow() async throws {
        let scheduler = try await rehearsal.start()
        try await scheduler.add("j", .every(.minutes(10))) { _ in }
        await rehearsal.advance(by: .seconds(330))
        let changed = try await scheduler.reschedule("j", .every(.minutes(1)))
        #expect(changed.nextFireTime == Rehearsal.beginning + 360)
        await rehearsal.advance(by: .seconds(300))
        #expect(rehearsal.runs(of: "j").map { $0.scheduledAt - Rehearsal.beginning } == [360, 420, 480, 540, 600], "\(rehearsal.picture)")
        await scheduler.shutdown()
    }

    @Test("A pause until a time ends by itself; said again, its end is another; a new schedule leaves it as it is")
    func pausedUntil() async throws {
        let scheduler = try await rehearsal.start()
        try await scheduler.add("j", .every(.minutes(1))) { _ in }
        try await scheduler.pause("j", until: Date(Rehearsal.beginning + 150))
        try await scheduler.pause("j", until: Rehearsal.beginning + 210)
        #expect(try await scheduler.reschedule("j", .every(.seconds(30))).id == "j")
        #expect(try await scheduler.job("j")?.pause?.until == WallTime(Rehearsal.beginning + 210))
        await rehearsal.advance(by: .seconds(200))
        #expect(rehearsal.runs(of: "j").isEmpty, "\(rehearsal.picture)")
        await rehearsal.advance(by: .seconds(40))
        #expect(rehearsal.runs(of: "j").map { $0.scheduledAt - Rehearsal.beginning } == [210, 240], "\(rehearsal.picture)")
        #expect(try await scheduler.job("j")?.isPaused == false)
        await scheduler.shutdown()
    }

    @Test("Parameters and handler of a job can be changed; by an older version of the program they cannot")
    func modifiedParameters() async throws {
        let fleet = MemoryFleet()
        let old = try await rehearsal.start("old", store: fleet.node("old"), handlers: [SendReport(sent: sent)])
        let new = try await rehearsal.start("new", store: fleet.node("new"), handlers: [SendReports(sent: sent)])
        try await old.add("j", .every(.minutes(1)), SendReport.self, .init(recipient: "a"))
        try await old.modify("j", SendReport.self, .init(recipient: "b"))
        try await new.modify("j", SendReports.self, .init(recipients: ["c", "d"]))
        await #expect(throws: SchedulerError.newerVersion("j", 2)) { try await old.modify("j", SendReport.self, .init(recipient: "e")) }
        await rehearsal.advance(by: .minutes(1))
        #expect(sent.all == ["c", "d"], "\(rehearsal.picture)")
        // What is no part of the parameters is not the version's affair.
        #expect(try await old.modify("j") { $0.grace = nil }.options.grace == nil)
        #expect(try await new.job("j")?.parameters(for: SendReports.self).recipients == ["c", "d"])
        await old.shutdown()
        await new.shutdown()
    }

    @Test("A closure takes a handler's place under its id, and a handler a closure's")
    func closuresAndHandlers() async throws {
        let sent = sent, scheduler = try await rehearsal.start(handlers: [SendReport(sent: sent)])
        try await scheduler.add("j", .every(.minutes(1)), SendReport.self, .init(recipient: "handler"))
        #expect(try await scheduler.add("j", .every(.minutes(1))) { _ in sent.note("closure") } == .replaced)
        await rehearsal.advance(by: .minutes(1))
        #expect(try await scheduler.add("j", .every(.minutes(1)), SendReport.self, .init(recipient: "handler")) == .replaced)
        await rehearsal.advance(by: .minutes(1))
        #expect(sent.all == ["closure", "handler"], "\(rehearsal.picture)")
        // Options and times of a closure's job can be changed; it has no parameters.
        try await scheduler.add("c", .every(.minutes(1))) { _ in }
        #expect(try await scheduler.modify("c") { $0.jitter = .seconds(5) }.options.jitter == .seconds(5))
        await #expect(throws: SchedulerError.closure("c")) { try await scheduler.modify("c", SendReport.self, .init(recipient: "x")) }
        await #expect(throws: SchedulerError.unknownJob("none")) { try await scheduler.modify("none") { _ in } }
        await #expect(throws: SchedulerError.unknownJob("none")) { try await scheduler.reschedule("none", .every(.minutes(1))) }
        await scheduler.shutdown()
    }

    @Test("What is changed badly is refused, and the job is as it was")
    func badChange() async throws {
        let scheduler = try await rehearsal.start()
        try await scheduler.add("j", .every(.minutes(1))) { _ in }
        let before = try await scheduler.job("j")
        await #expect(throws: SchedulerError.self) { try await scheduler.modify("j") { $0.maxRunning = 0 } }
        await #expect(throws: SchedulerError.self) { try await scheduler.reschedule("j", .cron("61 * * * *")) }
        #expect(try await scheduler.job("j") == before)
        await scheduler.shutdown()
    }

    // MARK: Living

    @Test("All of it works before the start; a run now waits for nothing but the store")
    func beforeStart() async throws {
        let scheduler = rehearsal.scheduler()
        try await scheduler.add("j", .every(.minutes(1))) { _ in }
        try await scheduler.pause("j")
        try await scheduler.reschedule("j", .every(.minutes(2)))
        try await scheduler.runNow("j")
        await rehearsal.rest()
        #expect(rehearsal.runs(of: "j").map(\.trigger) == [.manual], "\(rehearsal.picture)")
        try await scheduler.resume("j")
        try await scheduler.start()
        try await scheduler.start()
        await rehearsal.advance(by: .minutes(2))
        #expect(rehearsal.runs(of: "j").count == 2, "\(rehearsal.picture)")
        await scheduler.shutdown()
        await #expect(throws: SchedulerError.ended) { try await scheduler.start() }
    }

    @Test("Who drains and who shuts down at once both return; the shorter patience counts")
    func endsTogether() async throws {
        let rehearsal = rehearsal, scheduler = try await rehearsal.start()
        try await scheduler.add("long", .at(rehearsal.now + 1)) { _ in try await rehearsal.sleep(for: .hours(10)) }
        await rehearsal.advance(by: .seconds(1))
        async let drained: Void = scheduler.drain()
        async let ended: Void = scheduler.shutdown(patience: .zero)
        async let alsoEnded: Void = scheduler.ended()
        _ = await (drained, ended, alsoEnded)
        #expect(rehearsal.runs(of: "long").map(\.outcome) == [.cancelled], "\(rehearsal.picture)")
    }

    @Test("Once: so long from now, by the scheduler's clock; a date; both leave when they have run")
    func once() async throws {
        let sent = sent, scheduler = try await rehearsal.start(handlers: [SendReport(sent: sent)])
        rehearsal.clocks.advance(by: .milliseconds(300))
        let id = try await scheduler.once(after: .seconds(90), SendReport.self, .init(recipient: "later"))
        try await scheduler.once("closure", after: .milliseconds(1)) { _ in sent.note("at once") }
        try await scheduler.once(at: Date(Rehearsal.beginning + 60)) { _ in sent.note("dated") }
        #expect(try await scheduler.job(id)?.nextFireTime == Rehearsal.beginning + 91, "never early")
        await rehearsal.advance(by: .minutes(2))
        #expect(sent.all == ["at once", "dated", "later"], "\(rehearsal.picture)")
        #expect(try await scheduler.jobs.isEmpty)
        await scheduler.shutdown()
    }

    @Test("A job that was removed is not tried again, whatever its last run came to")
    func removedBeforeRetry() async throws {
        let scheduler = try await rehearsal.start()
        let options = JobOptions { $0.retry = RetryPolicy(attempts: 5, backoff: .fixed(.seconds(30))) }
        try await scheduler.add("j", .every(.minutes(1)), options: options) { _ in throw Trouble() }
        await rehearsal.advance(by: .seconds(61))
        try await scheduler.remove("j")
        await rehearsal.advance(by: .minutes(5))
        #expect(rehearsal.runs(of: "j").count == 1, "\(rehearsal.picture)")
        await scheduler.shutdown()
    }

    @Test("A job that one node has as a closure can be stored by another, and then replaced by either")
    func closureBesideStored() async throws {
        let fleet = MemoryFleet()
        let one = try await rehearsal.start("one", store: fleet.node("one"), handlers: [SendReport(sent: sent)])
        let two = try await rehearsal.start("two", store: fleet.node("two"), handlers: [SendReport(sent: sent)])
        try await one.add("j", .every(.minutes(1))) { _ in }
        #expect(try await two.add("j", .every(.minutes(1)), SendReport.self, .init(recipient: "two")) == .added)
        #expect(try await one.add("j", .every(.minutes(1)), SendReport.self, .init(recipient: "one")) == .replaced)
        await rehearsal.advance(by: .minutes(2))
        #expect(sent.all == ["one", "one"], "\(rehearsal.picture)")
        await one.shutdown()
        await two.shutdown()
    }

    @Test("A store that is away at the start is waited for, and said once")
    func storeAwayAtStart() async throws {
        let fleet = MemoryFleet(), scheduler = rehearsal.scheduler(store: fleet.node("a"))
        let failed = scheduler.events(.storeFailed)
        fleet.fail(StoreError(.unavailable, "not yet"))
        async let started: Void = scheduler.start()
        for await _ in failed { break }
        await rehearsal.advance(by: .seconds(30))
        fleet.fail(nil)
        // Its next wait may begin after the clock has moved.
        while await !scheduler.isRunning {
            await rehearsal.advance(by: .seconds(1))
            await Task.yield()
        }
        try await started
        #expect(rehearsal.events(.storeFailed).count == 1, "\(rehearsal.picture)")
        #expect(await scheduler.isRunning)
        await scheduler.shutdown()
    }

    // MARK: A deployment on one machine

    @Test("On SQLite one version follows another: a newer one migrates, an older one leaves its jobs alone and says what it missed")
    func versionsOnSQLite() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("jobs-\(UInt64.random(in: .min ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = StoreSource.sqlite(folder.appendingPathComponent("jobs.db").path)
        let first = try await rehearsal.start("1", store: store, handlers: [SendReport(sent: sent)])
        try await first.add("j", .every(.minutes(5)), SendReport.self, .init(recipient: "a"))
        await first.shutdown()
        let second = try await rehearsal.start("2", store: store, handlers: [SendReports(sent: sent)])
        await rehearsal.advance(by: .minutes(5))
        #expect(sent.all == ["a"], "\(rehearsal.picture)")
        #expect(try await second.add("j", .every(.minutes(5)), SendReports.self, .init(recipients: ["a"])) == .replaced)
        await second.shutdown()
        let third = try await rehearsal.start("3", store: store, handlers: [SendReport(sent: sent)])
        #expect(try await third.add("j", .every(.minutes(5)), SendReport.self, .init(recipient: "b")) == .keptNewer(version: 2))
        await rehearsal.advance(by: .minutes(7))
        #expect(try await third.history(of: "j").map(\.outcome) == [.missed(1), .succeeded], "\(rehearsal.picture)")
        #expect(rehearsal.events(.missed, of: "j").contains { if case .missed(_, _, .noHandler) = $0 { true } else { false } })
        await third.shutdown()
        let fourth = try await rehearsal.start("4", store: store, handlers: [SendReports(sent: sent)])
        await rehearsal.advance(by: .minutes(5))
        #expect(sent.all == ["a", "a"], "\(rehearsal.picture)")
        await fourth.shutdown()
    }
}
