import Testing

@testable import CronScheduler

@Suite("A job as a scheduler keeps it") struct PackedJobTests {
    private static let call = HandlerCall(name: "send", schemaVersion: 3, input: Array(#"{"to":"a letter with é"}"#.utf8))

    private static func plans(_ handlers: [String] = ["send"]) -> JobPlans {
        var known = Handlers()
        for name in handlers { known.add(name, version: 3) { (_: NoParameters, _: RunContext) in } }
        return JobPlans(handlers: known, closures: Closures(), zone: .utc, isShared: false, author: "test@host")
    }

    private static let schedules: [JobSchedule] = [
        .cron("0 3 * * *", in: "UTC"), .cron("5~50 */2 * * mon-fri", in: "Europe/Berlin"),
        .cron("0 0 3 ? * 1", in: "UTC", dialect: .quartz),
        .every(.seconds(90)), .every(2, .weeks, hour: 8, in: "Asia/Tokyo"), .at(Instant(1_800_000_000)),
        .any([.cron("0 9 * * 1-5"), .cron("0 11 * * 6,7")]), .cron("*/5 * * * *", in: "UTC").ending(at: Instant(1_800_000_000)),
    ]

    @Test("It says what was defined, and is due when that is", arguments: schedules)
    func whole(_ schedule: JobSchedule) throws {
        var plans = Self.plans()
        let definition = JobDefinition(
            schedule: schedule, since: Instant(1_700_000_000), call: Self.call, options: JobOptions { $0.timeout = .seconds(5) })
        let id = JobID("a-job-with-a-long-name"), packed = plans.pack(id, definition)
        #expect(packed.definition == definition && packed.id == id)
        #expect(try JobDefinition(packed.stored) == definition)
        #expect(packed.stored.author == "test@host")
        let timing = try? definition.timing(id, zone: .utc), start = Instant(1_750_000_000)
        #expect(packed.timing == timing)
        #expect(packed.job.nextFireTime(after: start) == timing?.schedule?.next(after: start))
        #expect(packed.isForEngine == (timing != nil))
        #expect(packed.policies.values.timeout == .seconds(5))
    }

    @Test("One that cannot be compiled here is kept as it is, and not the engine's", arguments: ["61 * * * *", "@reboot", ""])
    func broken(_ text: String) {
        var plans = Self.plans()
        let definition = JobDefinition(schedule: .cron(text, in: "UTC"), since: Instant(0), call: Self.call, options: JobOptions())
        let packed = plans.pack("j", definition)
        #expect(packed.definition == definition && !packed.isForEngine)
        #expect(packed.job.nextFireTime(after: Instant(0)) == nil)
    }

    @Test("Without its handler it never starts; one that is never too late is not the engine's")
    func foreign() {
        var plans = Self.plans([])
        var definition = JobDefinition(schedule: .every(.seconds(60)), since: Instant(0), call: Self.call, options: JobOptions())
        let witness = plans.pack("j", definition)
        #expect(!witness.runsHere && witness.isForEngine && witness.policies.values.grace == .seconds(-1))
        definition.options.grace = nil
        #expect(!plans.pack("j", definition).isForEngine)
    }

    @Test("A cron job with few parameters is one object of 96 bytes, and takes 16 in the book")
    func size() {
        func bytes<Value>(_ value: Value) -> Int { MemoryLayout<Value>.stride }
        var plans = Self.plans()
        let call = HandlerCall(name: "send", schemaVersion: 3, input: Array(#"{"to":123456}"#.utf8))
        let schedule = JobSchedule.cron("30 3 * * 1-5", in: "UTC")
        let job = plans.pack("job-1", JobDefinition(schedule: schedule, since: Instant(0), call: call, options: JobOptions()))
        let parts = Mirror(reflecting: job).children.map { _openExistential($0.value, do: bytes) }
        // Sixteen are every object's.
        #expect(parts.count == 5 && 16 + parts.reduce(0, +) == 96)
        #expect(MemoryLayout<KnownJob>.stride == 16)
    }
}
