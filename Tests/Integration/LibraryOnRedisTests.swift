internal import CronExpressions
internal import CronHandlers
internal import CronJobs
internal import CronScheduler
@testable internal import CronStoreRedis
internal import CronTesting
internal import Synchronization
internal import Testing

/// Schedulers of programs on one real Redis. Where it matters how long something takes, their clocks are moved by the test; leases are the server's
/// to judge, by its own clock.
@Suite("Schedulers of programs on one Redis", .serialized, .realTime) struct LibraryOnRedisTests {
    private struct Note: JobHandler {
        static let name = "note"
        let node: String
        let notes: Notes

        func run(_ parameters: String, in context: RunContext) async throws { notes.add("\(context.run) \(parameters)", node) }
    }

    /// The next version of the program.
    private struct NewNote: JobHandler {
        static let name = "note"
        static let schemaVersion = 2
        static let oldestSchemaVersion = 1
        let node: String
        let notes: Notes

        static func migrate(_ stored: StoredParameters) throws -> [String] { [try stored.decode(String.self)] }
        func run(_ parameters: [String], in context: RunContext) async throws { notes.add("\(context.run) \(parameters)", node) }
    }

    private final class Notes: Sendable {
        private let all = Mutex<[(run: String, node: String)]>([])

        func add(_ run: String, _ node: String) { all.withLock { $0.append((run, node)) } }
        var runs: [String] { all.withLock { $0.map(\.run) } }
        var nodes: [String] { all.withLock { $0.map(\.node) } }
        var isEachOnce: Bool { Set(runs).count == runs.count }
    }

    private static func store(_ server: RedisServer, url: String? = nil, lease: Duration = .seconds(30)) -> StoreSource {
        var options = RedisLedgerOptions.made
        options.leaseDuration = lease
        let url = url ?? server.url
        return StoreSource(url) { [options] _ throws(StoreError) in
            do { return OpenedStore(try quickLedger(url, options)) } catch { throw StoreError(.refused, "\(error)") }
        }
    }

    // MARK: By the machine's clocks

    @Test("A job that one process adds runs at each fire time in one of them, goes on when one ends, and is there when both have ended")
    func fleet() async throws {
        let server = try RedisServer(), notes = Notes()
        func scheduler(_ node: String) -> Scheduler {
            var configuration = Scheduler.Configuration()
            configuration.name = node
            return Scheduler(store: .redis(server.url), handlers: [Note(node: node, notes: notes)], configuration: configuration)
        }
        let one = scheduler("one"), two = scheduler("two")
        let ran = two.events(.runSucceeded)
        try await one.start()
        try await one.add("n", .every(.seconds(1)), Note.self, "x", options: JobOptions { $0.catchUp = .all(limit: 100) })
        try await two.start()
        #expect(try await two.jobs.map(\.id) == ["n"])
        // A store whose connection was made anew decides nothing for a moment.
        _ = try await again { try await one.runNow("n", isForced: true) }
        await one.drain()
        var count = 0
        for await _ in ran {
            count += 1
            if count == 4 { break }
        }
        #expect(notes.isEachOnce, "a fire time ran twice: \(notes.runs)")
        try await two.once("last", Note.self, "last")
        await two.shutdown()
        let three = scheduler("three")
        #expect(try await three.jobs.map(\.id).contains("n"))
        #expect(try await three.removeAll() >= 1)
        await three.shutdown()
    }

    // MARK: By the test's

    @Test("Two processes, twenty jobs, ten minutes: each fire time once, and both have a share of them")
    func everyFireTimeOnce() async throws {
        let server = try RedisServer(), rehearsal = Rehearsal(), notes = Notes()
        let one = try await rehearsal.start("one", store: Self.store(server), handlers: [Note(node: "one", notes: notes)])
        let two = try await rehearsal.start("two", store: Self.store(server), handlers: [Note(node: "two", notes: notes)])
        for number in 1...20 { try await one.add(JobID("j\(number)"), .every(.minutes(1)), Note.self, "\(number)") }
        await rehearsal.advance(by: .minutes(10))
        #expect(notes.isEachOnce && notes.runs.count == 200, "\(notes.runs.count) runs\n\(rehearsal.picture)")
        #expect(Set(notes.nodes) == ["one", "two"])
        // What one changes, the other does from then on.
        for number in 1...20 { try await two.remove(JobID("j\(number)")) }
        await rehearsal.advance(by: .minutes(2))
        #expect(notes.runs.count == 200, "\(rehearsal.picture)")
        await one.shutdown()
        await two.shutdown()
    }

    @Test("One is killed in the middle of a run: the other takes its fire times, and the run is interrupted and tried again")
    func killed() async throws {
        let server = try RedisServer(), proxy = try await Proxy(to: server), rehearsal = Rehearsal(), notes = Notes(), gate = Gate()
        func handlers(_ node: String) -> Handlers {
            var handlers: Handlers = [Note(node: node, notes: notes)]
            handlers.add("long") { context in
                notes.add("\(context.run)#\(context.attempt)", node)
                if node == "killed" { await rehearsal.wait(at: gate) }
            }
            return handlers
        }
        let killed = try await rehearsal.start(
            "killed", store: Self.store(server, url: "unix://\(proxy.socket)", lease: .seconds(3)), handlers: handlers("killed"))
        let options = JobOptions {
            $0.retry = RetryPolicy(attempts: 2, backoff: .fixed(.seconds(1)))
            $0.grace = .minutes(30)
        }
        try await killed.add("long", .at(rehearsal.now + 60), handler: "long", NoParameters(), options: options)
        try await killed.add("n", .every(.minutes(1)), Note.self, "x", options: options)
        await rehearsal.advance(by: .minutes(1))
        #expect(notes.runs.count == 2, "\(rehearsal.picture)")
        proxy.end()
        let client = try server.client()
        _ = try await client.raw("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await client.close()
        let other = try await rehearsal.start("other", store: Self.store(server, lease: .seconds(3)), handlers: handlers("other"))
        // The lease runs out by the server's clock.
        _ = try await again { () -> Bool? in
            await rehearsal.advance(by: .seconds(1))
            return notes.runs.contains { $0.hasPrefix("long@") && $0.hasSuffix("#2") } ? true : nil
        }
        await rehearsal.advance(by: .minutes(3))
        #expect(notes.isEachOnce, "\(notes.runs)")
        #expect(notes.runs.filter { $0.hasPrefix("n@") }.count >= 4, "\(rehearsal.picture)")
        #expect(try await other.history(of: "long").map(\.outcome) == [.succeeded, .interrupted], "\(rehearsal.picture)")
        // Whatever the killed one's handler then says, its time is over.
        gate.open()
        await rehearsal.rest()
        #expect(try await other.history(of: "long").map(\.outcome) == [.succeeded, .interrupted])
        await other.shutdown()
        await killed.shutdown(patience: .zero)
    }

    @Test("A rolling deployment: a job waits for a process that has its handler's version, and is missed where there is none")
    func rollingDeploy() async throws {
        let server = try RedisServer(), rehearsal = Rehearsal(), notes = Notes()
        let old = try await rehearsal.start("old", store: Self.store(server), handlers: [Note(node: "old", notes: notes)])
        try await old.add("kept", .every(.minutes(5)), Note.self, "a")
        let new = try await rehearsal.start("new", store: Self.store(server), handlers: [NewNote(node: "new", notes: notes)])
        // The new one reads what the old one stored; what it adds itself, the old one leaves to it.
        try await new.add("newer", .every(.minutes(5)), NewNote.self, ["b", "c"])
        #expect(try await new.job("kept")?.parameters(for: NewNote.self) == ["a"])
        #expect(try await old.add("newer", .every(.minutes(5)), Note.self, "b") == .keptNewer(version: 2))
        #expect(try await new.add("newer", .every(.minutes(5)), NewNote.self, ["b", "c"]) == .unchanged)
        await rehearsal.advance(by: .minutes(11))
        #expect(notes.isEachOnce && notes.runs.count == 4, "\(notes.runs)\n\(rehearsal.picture)")
        #expect(zip(notes.runs, notes.nodes).allSatisfy { !$0.hasPrefix("newer") || $1 == "new" }, "\(notes.nodes)")
        await new.shutdown()
        await rehearsal.advance(by: .minutes(6))
        #expect(try await old.history(of: "newer").first?.outcome == .missed(1), "\(rehearsal.picture)")
        guard case .missed("newer", _, .noHandler)? = rehearsal.events(.missed, of: "newer").last else {
            Issue.record("not told as without a handler: \(rehearsal.picture)")
            return
        }
        #expect(notes.runs.filter { $0.hasPrefix("kept") }.count == 3, "the old one goes on with what it has")
        // The new one replaces the old one's job, and nothing of it is lost.
        let last = try await rehearsal.start("last", store: Self.store(server), handlers: [NewNote(node: "last", notes: notes)])
        #expect(try await last.add("kept", .every(.minutes(5)), NewNote.self, ["a"]) == .replaced)
        await old.shutdown()
        await rehearsal.advance(by: .minutes(5))
        #expect(notes.isEachOnce && notes.runs.filter { $0.hasPrefix("kept") }.count == 4, "\(notes.runs)")
        await last.shutdown()
    }

    @Test("Two that add the same job at once: it is there once; two that change it at once: both changes count")
    func atOnce() async throws {
        let server = try RedisServer(), rehearsal = Rehearsal(), notes = Notes()
        let one = try await rehearsal.start("one", store: Self.store(server), handlers: [Note(node: "one", notes: notes)])
        let two = try await rehearsal.start("two", store: Self.store(server), handlers: [Note(node: "two", notes: notes)])
        for number in 1...20 {
            let id = JobID("j\(number)")
            async let first = one.add(id, .every(.minutes(1)), Note.self, "x")
            async let second = two.add(id, .every(.minutes(1)), Note.self, "x")
            let answers = try await [first, second]
            #expect(answers.contains(.added) && answers.contains(.unchanged), "\(answers)")
            async let graced = one.modify(id) { $0.grace = .seconds(5) }
            async let jittered = two.modify(id) { $0.jitter = .seconds(7) }
            _ = try await (graced, jittered)
            let options = try await two.job(id)?.options
            #expect(options?.grace == .seconds(5) && options?.jitter == .seconds(7))
        }
        await one.shutdown()
        await two.shutdown()
    }

    @Test("While the Redis is away: hold waits, local runs, skip misses; an outcome of meanwhile is written once it is back")
    func outage() async throws {
        let server = try RedisServer(["--appendonly", "yes", "--appendfsync", "always"]), rehearsal = Rehearsal(), notes = Notes()
        let gate = Gate()
        var handlers: Handlers = [Note(node: "a", notes: notes)]
        handlers.add("long") { _ in await rehearsal.wait(at: gate) }
        let scheduler = try await rehearsal.start("a", store: Self.store(server), handlers: handlers)
        for policy in [StoreDownPolicy.hold, .local, .skip] {
            let options = JobOptions {
                $0.storeDown = policy
                $0.grace = .minutes(10)
            }
            try await scheduler.add(JobID(policy.rawValue), .every(.minutes(2)), Note.self, "", options: options)
        }
        try await scheduler.add("long", .at(rehearsal.now + 60), handler: "long", NoParameters())
        await rehearsal.advance(by: .seconds(90))
        server.crash()
        gate.open()
        await rehearsal.advance(by: .seconds(45))
        #expect(notes.runs.map { $0.prefix(5) } == ["local"], "\(notes.runs)\n\(rehearsal.picture)")
        #expect(!rehearsal.events(.storeFailed).isEmpty)
        #expect(rehearsal.runs(of: "long").map(\.outcome) == [.succeeded], "its end is told, though the store has yet to hear of it")
        await #expect(throws: SchedulerError.self) { try await scheduler.remove("hold") }
        try server.start()
        _ = try await again { () -> Bool? in
            await rehearsal.advance(by: .seconds(1))
            return rehearsal.events(.storeRecovered).isEmpty ? nil : true
        }
        await rehearsal.advance(by: .seconds(10))
        #expect(notes.isEachOnce && notes.runs.count == 2, "\(notes.runs)\n\(rehearsal.picture)")
        #expect(try await scheduler.history(of: "hold").map(\.outcome) == [.succeeded], "\(rehearsal.picture)")
        #expect(try await scheduler.history(of: "local").map(\.outcome) == [.succeeded])
        #expect(try await scheduler.history(of: "skip").map(\.outcome) == [.missed(1)])
        #expect(try await scheduler.history(of: "long").map(\.outcome) == [.succeeded])
        #expect(try await scheduler.job("long") == nil, "it has no further fire time")
        await scheduler.shutdown()
    }

    @Test("A Redis that lost everything is given back the jobs and where they stand, by whoever knows them")
    func emptied() async throws {
        let server = try RedisServer(), rehearsal = Rehearsal(), notes = Notes()
        let one = try await rehearsal.start("one", store: Self.store(server), handlers: [Note(node: "one", notes: notes)])
        let two = try await rehearsal.start("two", store: Self.store(server), handlers: [Note(node: "two", notes: notes)])
        try await one.add("n", .every(.minutes(1)), Note.self, "x")
        await rehearsal.advance(by: .minutes(3))
        let client = try server.client()
        _ = try await client.raw("FLUSHALL")
        await rehearsal.advance(by: .minutes(3))
        #expect(notes.isEachOnce && notes.runs.count == 6, "\(notes.runs)\n\(rehearsal.picture)")
        let three = try await rehearsal.start("three", store: Self.store(server), handlers: [Note(node: "three", notes: notes)])
        #expect(try await three.jobs.map(\.id) == ["n"])
        for scheduler in [one, two, three] { await scheduler.shutdown() }
        await client.close()
    }
}
