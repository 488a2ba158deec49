import CronScheduler
import CronStoreSQLite
import CronTesting
import FoundationEssentials
import Testing

@Suite struct LastingJobTests {
    @Test("Jobs of handlers survive a restart on SQLite, with their marks: what ran does not run again, what was missed is caught up with")
    func restart() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("jobs-\(UInt64.random(in: .min ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = StoreSource.sqlite(folder.appendingPathComponent("jobs.db").path), rehearsal = Rehearsal(), sent = Sent()
        let first = try await rehearsal.start("1", store: store, handlers: [SendReport(sent: sent)])
        try await first.add("r", .every(.minutes(1)), SendReport.self, .init(recipient: "r"))
        try await first.add("closure", .every(.minutes(1))) { _ in sent.note("closure") }
        try await first.pause("r", until: Rehearsal.beginning + 100)
        await rehearsal.advance(by: .minutes(2))
        #expect(sent.all.sorted() == ["closure", "closure", "r"], "\(rehearsal.picture)")
        await first.shutdown()
        rehearsal.clocks.advance(by: .seconds(150))
        let second = try await rehearsal.start("2", store: store, handlers: [SendReport(sent: sent)])
        #expect(try await second.jobs.map(\.id) == ["r"])
        await rehearsal.rest()
        // 0:03 is too late by the grace of a minute, 0:04 is half a minute late.
        #expect(sent.all.count == 4, "\(rehearsal.picture)")
        #expect(try await second.history(of: "r").map(\.outcome) == [.succeeded, .missed(1), .succeeded, .skipped(.paused)])
        await second.shutdown()
    }

    @Test("Adding the same at every start changes nothing, and loses no fire time")
    func redeployed() async throws {
        let rehearsal = Rehearsal(), ledger = MemoryLedger(), sent = Sent()
        for life in 1...3 {
            let scheduler = try await rehearsal.start("\(life)", store: .ledger(ledger), handlers: [SendReport(sent: sent)])
            let answer = try await scheduler.add("r", .every(.minutes(1)), SendReport.self, .init(recipient: "r"))
            #expect(answer == (life == 1 ? .added : .unchanged))
            await rehearsal.advance(by: .seconds(45))
            await scheduler.shutdown()
            // The process is away over the full minute, for less than the grace.
            rehearsal.clocks.advance(by: .seconds(30))
        }
        #expect(sent.all.count == 3, "\(rehearsal.picture)")
    }

    @Test("A run that a crash cut off is interrupted at the next start, and tried again where its job says so")
    func crash() async throws {
        let rehearsal = Rehearsal(), ledger = MemoryLedger(), gate = Gate()
        var handlers = Handlers()
        handlers.add("slow") { context in if context.attempt == 1 { await rehearsal.wait(at: gate) } }
        let first = try await rehearsal.start("1", store: .ledger(ledger), handlers: handlers)
        let options = JobOptions { $0.retry = RetryPolicy(attempts: 2, backoff: .fixed(.seconds(1))) }
        try await first.add("s", .at(Rehearsal.beginning + 60), handler: "slow", NoParameters(), options: options)
        await rehearsal.advance(by: .minutes(1))
        // It is never told of its end: as after a crash.
        let second = try await rehearsal.start("2", store: .ledger(ledger), handlers: handlers)
        await rehearsal.advance(by: .seconds(2))
        let outcomes = try await second.history(of: "s").map(\.outcome)
        #expect(outcomes == [.succeeded, .interrupted], "\(rehearsal.picture)")
        gate.open()
        await second.shutdown()
        await first.shutdown()
    }

    @Test("Two schedulers on one store: each fire time once; a change and a removal are heard by the other")
    func fleet() async throws {
        let rehearsal = Rehearsal(), fleet = MemoryFleet(), sent = Sent()
        let a = try await rehearsal.start("a", store: fleet.node("a"), handlers: [SendReport(sent: sent)])
        let b = try await rehearsal.start("b", store: fleet.node("b"), handlers: [SendReport(sent: sent)])
        try await a.add("r", .every(.minutes(1)), SendReport.self, .init(recipient: "1"))
        await rehearsal.advance(by: .minutes(10))
        #expect(sent.all.count == 10, "\(rehearsal.picture)")
        try await b.modify("r", SendReport.self, .init(recipient: "2"))
        try await b.reschedule("r", .every(.minutes(2)))
        await rehearsal.advance(by: .minutes(10))
        #expect(sent.all.count == 15 && sent.all.suffix(5) == ["2", "2", "2", "2", "2"], "\(rehearsal.picture)")
        try await a.pause("r")
        await rehearsal.advance(by: .minutes(4))
        #expect(sent.all.count == 15)
        try await b.resume("r")
        try await a.remove("r")
        await rehearsal.advance(by: .minutes(4))
        #expect(sent.all.count == 15)
        #expect(try await b.jobs.isEmpty)
        #expect(rehearsal.moments.contains { $0.scheduler == "b" && $0.event == .jobRemoved("r", .elsewhere) }, "\(rehearsal.picture)")
        await a.shutdown()
        await b.shutdown()
    }

    @Test("A node that goes leaves its fire times to the other")
    func takeover() async throws {
        let rehearsal = Rehearsal(), fleet = MemoryFleet(), sent = Sent()
        let a = try await rehearsal.start("a", store: fleet.node("a"), handlers: [SendReport(sent: sent)])
        let b = try await rehearsal.start("b", store: fleet.node("b"), handlers: [SendReport(sent: sent)])
        try await a.add("r", .every(.minutes(1)), SendReport.self, .init(recipient: "r"))
        await rehearsal.advance(by: .minutes(2))
        await a.shutdown()
        await rehearsal.advance(by: .minutes(2))
        #expect(sent.all.count == 4, "\(rehearsal.picture)")
        await b.shutdown()
    }

    @Test("What ended for good leaves the store; where two nodes have it, one does so")
    func done() async throws {
        let rehearsal = Rehearsal(), fleet = MemoryFleet(), sent = Sent()
        let a = try await rehearsal.start("a", store: fleet.node("a"), handlers: [SendReport(sent: sent)])
        let b = try await rehearsal.start("b", store: fleet.node("b"), handlers: [SendReport(sent: sent)])
        try await a.once("o", at: Rehearsal.beginning + 60, SendReport.self, .init(recipient: "o"))
        let until = Rehearsal.beginning + 130
        try await b.add("bounded", .every(.minutes(1)).ending(at: until), SendReport.self, .init(recipient: "bounded"))
        await rehearsal.advance(by: .minutes(5))
        #expect(sent.all.sorted() == ["bounded", "bounded", "o"], "\(rehearsal.picture)")
        let (left, alsoLeft) = (try await a.jobs, try await b.jobs)
        #expect(left.isEmpty && alsoLeft.isEmpty)
        await a.shutdown()
        await b.shutdown()
    }

    @Test("While the store fails: hold waits for it, local runs from memory and tells it later, skip misses")
    func outage() async throws {
        let rehearsal = Rehearsal(), fleet = MemoryFleet(), sent = Sent()
        let scheduler = try await rehearsal.start(store: fleet.node("a"), handlers: [SendReport(sent: sent)])
        for policy in [StoreDownPolicy.hold, .local, .skip] {
            let options = JobOptions {
                $0.storeDown = policy
                $0.grace = .minutes(10)
            }
            try await scheduler.add(
                JobID(policy.rawValue), .every(.minutes(1)), SendReport.self, .init(recipient: policy.rawValue), options: options)
        }
        await rehearsal.advance(by: .seconds(30))
        fleet.fail(StoreError(.unavailable, "the store is away"))
        await #expect(throws: SchedulerError.store(StoreError(.unavailable, "the store is away"))) { try await scheduler.remove("hold") }
        await rehearsal.advance(by: .minutes(1))
        #expect(sent.all == ["local"], "\(rehearsal.picture)")
        #expect(!rehearsal.events(.storeFailed).isEmpty)
        fleet.fail(nil)
        await rehearsal.advance(by: .seconds(20))
        #expect(sent.all.sorted() == ["hold", "local"], "\(rehearsal.picture)")
        #expect(!rehearsal.events(.storeRecovered).isEmpty)
        #expect(try await scheduler.history(of: "local").map(\.outcome) == [.succeeded])
        #expect(try await scheduler.history(of: "skip").map(\.outcome) == [.missed(1)])
        await scheduler.shutdown()
    }

    @Test("Overlap that looks at this node's runs only is refused over a shared store")
    func waitingOverNodes() async throws {
        let rehearsal = Rehearsal(), fleet = MemoryFleet()
        let scheduler = try await rehearsal.start(store: fleet.node("a"))
        await #expect(throws: SchedulerError.self) {
            try await scheduler.add("q", .every(.minutes(1)), options: JobOptions { $0.overlap = .replace }) { _ in }
        }
        await scheduler.shutdown()
    }

    @Test("Exported jobs are imported elsewhere as they were; a damaged text changes nothing")
    func export() async throws {
        let rehearsal = Rehearsal()
        let one = try await rehearsal.start("1", handlers: [SendReport(sent: Sent())])
        let two = try await rehearsal.start("2", handlers: [SendReport(sent: Sent())])
        let options = JobOptions {
            $0.grace = nil
            $0.catchUp = .all(limit: 7)
            $0.overlap = .queue(3)
            $0.jitter = .seconds(5)
            $0.retry = RetryPolicy(attempts: 4, backoff: .exponential(first: .seconds(1), cap: .minutes(1)))
            $0.timeout = .minutes(2)
        }
        try await one.add(
            "a", .cron("0 3 * * 1-5", in: "Asia/Tokyo"), SendReport.self, .init(recipient: "a \"quoted\" ünï"), options: options)
        try await one.add("b", .any([.every(.seconds(90)), .at(Rehearsal.beginning + 5)]), SendReport.self, .init(recipient: "b"))
        try await one.add("closure", .every(.hours(1))) { _ in }
        let text = try await one.exportJobs()
        #expect(try await two.importJobs(text) == ["a": .added, "b": .added])
        let copies = try await two.jobs, originals = try await one.jobs
        #expect(copies == originals.filter { $0.id != "closure" })
        #expect(try await two.importJobs(text) == ["a": .unchanged, "b": .unchanged])
        await #expect(throws: SchedulerError.jobExists("a")) { try await two.importJobs(text, onConflict: .refuse) }
        try await two.removeAll()
        await #expect(throws: SchedulerError.self) { try await two.importJobs(String(text.dropLast(3))) }
        await #expect(throws: SchedulerError.self) {
            try await two.importJobs(text.replacing(#""version":1}"#, with: #""version":9}"#))
        }
        #expect(try await two.jobs.isEmpty)
        await one.shutdown()
        await two.shutdown()
    }
}
