import CronScheduler
import CronTesting
import Testing

/// The same handler in three versions of a program.
private struct Purge1: JobHandler {
    static let name = "purge"
    struct Parameters: Codable, Sendable { var table: String }
    let sent: Sent
    func run(_ parameters: Parameters, in context: RunContext) async throws { sent.note("1 \(parameters.table)") }
}

private struct Purge2: JobHandler {
    static let name = "purge"
    static let schemaVersion = 2
    static let oldestSchemaVersion = 1
    struct Parameters: Codable, Sendable { var tables: [String] }
    let sent: Sent

    static func migrate(_ stored: StoredParameters) throws -> Parameters {
        Parameters(tables: [try stored.decode(Purge1.Parameters.self).table])
    }

    func run(_ parameters: Parameters, in context: RunContext) async throws { sent.note("2 \(parameters.tables)") }
}

@Suite struct HandlerVersionTests {
    @Test("A newer program reads the parameters of an older one")
    func migration() async throws {
        let rehearsal = Rehearsal(), ledger = MemoryLedger(), sent = Sent()
        let old = try await rehearsal.start("old", store: .ledger(ledger), handlers: [Purge1(sent: sent)])
        try await old.add("p", .every(.minutes(1)), Purge1.self, .init(table: "logs"))
        await old.shutdown()
        let new = try await rehearsal.start("new", store: .ledger(ledger), handlers: [Purge2(sent: sent)])
        await rehearsal.advance(by: .minutes(1))
        #expect(sent.all == [#"2 ["logs"]"#], "\(rehearsal.picture)")
        #expect(try await new.job("p")?.parameters(for: Purge2.self).tables == ["logs"])
        await new.shutdown()
    }

    @Test("An older version never takes a newer one's place, and an older program leaves its jobs to others: missed, and said")
    func rollingDeploy() async throws {
        let rehearsal = Rehearsal(), fleet = MemoryFleet(), sent = Sent()
        let old = try await rehearsal.start("old", store: fleet.node("old"), handlers: [Purge1(sent: sent)])
        let new = try await rehearsal.start("new", store: fleet.node("new"), handlers: [Purge2(sent: sent)])
        try await new.add("p", .every(.minutes(5)), Purge2.self, .init(tables: ["a", "b"]))
        #expect(try await old.add("p", .every(.minutes(5)), Purge1.self, .init(table: "a")) == .keptNewer(version: 2))
        await rehearsal.advance(by: .minutes(12))
        #expect(sent.all == [#"2 ["a", "b"]"#, #"2 ["a", "b"]"#], "\(rehearsal.picture)")
        #expect(try await old.job("p")?.runsHere == false)
        await #expect(throws: SchedulerError.notHere("p")) { try await old.runNow("p") }
        await new.shutdown()
        // 0:15 has nobody who could run it: missed once the grace of a minute is over, and no sooner.
        await rehearsal.advance(to: Rehearsal.beginning + 960)
        #expect(try await old.history(of: "p").map(\.outcome) == [.succeeded, .succeeded], "\(rehearsal.picture)")
        await rehearsal.advance(by: .seconds(30))
        #expect(try await old.history(of: "p").first?.outcome == .missed(1), "\(rehearsal.picture)")
        guard case .missed("p", let times, .noHandler)? = rehearsal.events(.missed).last else {
            Issue.record("not told as without a handler: \(rehearsal.picture)")
            return
        }
        #expect(times.first == Rehearsal.beginning + 900)
        await old.shutdown()
    }

    @Test("Parameters that cannot be read are the run's failure, with the reason, not the program's")
    func unreadable() async throws {
        let rehearsal = Rehearsal(), sent = Sent()
        let scheduler = try await rehearsal.start(handlers: [SendReport(sent: sent)])
        try await scheduler.add("r", .every(.minutes(1)), handler: "send-report", ["unexpected": 1])
        await rehearsal.advance(by: .minutes(1))
        let run = try #require(rehearsal.runs(of: "r").first)
        #expect(run.outcome == .launchFailed(stage: "parameters"))
        #expect(run.reason?.contains("recipient") == true)
        #expect(sent.all.isEmpty)
        await scheduler.shutdown()
    }
}
