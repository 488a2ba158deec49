import CronAdapters
import CronScheduler
import CronTesting
import JobsOverHTTP
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@Suite struct JobRoutesTests {
    /// A service whose clock stands at 2027-01-01T00:00:00Z until a test moves it.
    private struct Stage {
        let rehearsal = Rehearsal()
        let said = Said()
        let scheduler: Scheduler
        let call: Caller

        init() async throws {
            let announce = Announce { [rehearsal] in
                try await rehearsal.sleep(for: $0)
            } say: { [said] text, _ in
                said.note(text)
            }
            scheduler = try await rehearsal.start(handlers: [announce])
            call = Caller(JobRoutes(scheduler).router())
        }
    }

    private final class Said: Sendable {
        private let kept = Mutex<[String]>([])
        func note(_ text: String) { kept.withLock { $0.append(text) } }
        var all: [String] { kept.withLock { $0 } }
    }

    private static let morning = #"{"id": "morning", "when": {"cron": "0 9 * * *"}, "text": "Good morning"}"#

    @Test("A job that is added runs at its times") func addAndRun() async throws {
        let stage = try await Stage()
        let answer = try await stage.call(.post, "/jobs", Self.morning)
        #expect(answer.status == 201)
        #expect(answer.member("id") == "morning")
        #expect(answer.member("when.cron") == "0 9 * * *")
        #expect(answer.member("next") == "2027-01-01T09:00:00Z")
        await stage.rehearsal.advance(by: .days(3))
        #expect(stage.said.all == ["Good morning", "Good morning", "Good morning"], "\(stage.rehearsal.picture)")
        #expect(try await stage.call(.get, "/jobs/morning").member("next") == "2027-01-04T09:00:00Z")
    }

    @Test("The list has all jobs, in order of their ids") func list() async throws {
        let stage = try await Stage()
        #expect(try await stage.call(.get, "/jobs").text == "[]")
        _ = try await stage.call(.post, "/jobs", Self.morning)
        _ = try await stage.call(.post, "/jobs", #"{"id": "hourly", "when": {"every": 3600}, "text": "ding"}"#)
        let text = try await stage.call(.get, "/jobs").text
        let hourly = try #require(text.firstRange(of: "hourly")), morning = try #require(text.firstRange(of: "morning"))
        #expect(hourly.lowerBound < morning.lowerBound)
    }

    @Test("Other times count from now on") func reschedule() async throws {
        let stage = try await Stage()
        _ = try await stage.call(.post, "/jobs", Self.morning)
        let answer = try await stage.call(.put, "/jobs/morning/when", #"{"when": {"every": 1800}}"#)
        #expect(answer.status == 200)
        #expect(answer.member("next") == "2027-01-01T00:30:00Z")
        await stage.rehearsal.advance(by: .hours(1))
        #expect(stage.said.all.count == 2, "\(stage.rehearsal.picture)")
    }

    @Test("A paused job runs again from where it is resumed") func pauseAndResume() async throws {
        let stage = try await Stage()
        _ = try await stage.call(.post, "/jobs", #"{"id": "tick", "when": {"every": 60}, "text": "tick"}"#)
        let paused = try await stage.call(.post, "/jobs/tick/pause")
        #expect(paused.member("isPaused") == "true")
        await stage.rehearsal.advance(by: .minutes(5))
        #expect(stage.said.all.isEmpty, "\(stage.rehearsal.picture)")
        let resumed = try await stage.call(.post, "/jobs/tick/resume")
        #expect(resumed.member("isPaused") == "false")
        await stage.rehearsal.advance(by: .minutes(2))
        #expect(stage.said.all.count == 2, "\(stage.rehearsal.picture)")
    }

    @Test("A pause may end by itself") func pauseUntil() async throws {
        let stage = try await Stage()
        _ = try await stage.call(.post, "/jobs", #"{"id": "tick", "when": {"every": 60}, "text": "tick"}"#)
        let paused = try await stage.call(.post, "/jobs/tick/pause", #"{"until": "2027-01-01T00:10:30Z"}"#)
        #expect(paused.member("pausedUntil") == "2027-01-01T00:10:30Z")
        await stage.rehearsal.advance(by: .minutes(12))
        #expect(stage.said.all.count == 2, "\(stage.rehearsal.picture)")
    }

    @Test("A run that is asked for starts at once, and is in the history") func runNow() async throws {
        let stage = try await Stage()
        _ = try await stage.call(.post, "/jobs", Self.morning)
        let answer = try await stage.call(.post, "/jobs/morning/run")
        #expect(answer.status == 202)
        await stage.rehearsal.rest()
        #expect(stage.said.all == ["Good morning"])
        let runs = try await stage.call(.get, "/jobs/morning/runs").text
        #expect(runs.contains(try #require(answer.member("run"))) && runs.contains("succeeded"), "\(runs)")
    }

    @Test("What is removed does not run") func remove() async throws {
        let stage = try await Stage()
        _ = try await stage.call(.post, "/jobs", Self.morning)
        #expect(try await stage.call(.delete, "/jobs/morning").status == 204)
        await stage.rehearsal.advance(by: .days(1))
        #expect(stage.said.all.isEmpty)
        #expect(try await stage.call(.get, "/jobs/morning").status == 404)
    }

    @Test(
        "Every bad request is answered with what is wrong",
        arguments: [
            ("GET", "/jobs/nobody", "", 404, "there is no job nobody"),
            ("DELETE", "/jobs/nobody", "", 404, "there is no job nobody"),
            ("POST", "/jobs/nobody/run", "", 404, "there is no job nobody"),
            ("POST", "/jobs/nobody/pause", "", 404, "there is no job nobody"),
            ("GET", "/jobs/nobody/runs", "", 404, "there is no job nobody"),
            ("PUT", "/jobs/nobody/when", #"{"when": {"every": 5}}"#, 404, "there is no job nobody"),
            ("GET", "/nowhere", "", 404, "/nowhere"),
            ("POST", "/jobs", "", 400, "not valid"),
            ("POST", "/jobs", #"{"id": "a", "when": {"every": 5}}"#, 400, "text"),
            ("POST", "/jobs", #"{"id": "a", "when": {"every": "5"}, "text": "t"}"#, 400, "every"),
            ("POST", "/jobs", #"{"id": "a", "when": {}, "text": "t"}"#, 400, "when"),
            ("POST", "/jobs", #"{"id": "a", "when": {"every": 5, "cron": "@daily"}, "text": "t"}"#, 400, "one of"),
            ("POST", "/jobs", #"{"id": "a", "when": {"every": 5, "zone": "UTC"}, "text": "t"}"#, 400, "zone"),
            ("POST", "/jobs", #"{"id": "a", "when": {"at": "tomorrow"}, "text": "t"}"#, 400, "tomorrow"),
            ("POST", "/jobs", #"{"id": "a", "when": {"every": 5}, "text": "t", "seconds": -1}"#, 400, "seconds"),
            ("POST", "/jobs", #"{"id": "a", "when": {"every": 0}, "text": "t"}"#, 422, "whole seconds"),
            ("POST", "/jobs", #"{"id": "a", "when": {"cron": "61 * * * *"}, "text": "t"}"#, 422, "61 * * * *"),
            ("POST", "/jobs", #"{"id": "a", "when": {"cron": "0 9 * * *", "zone": "Moon/Sea"}, "text": "t"}"#, 422, "Moon/Sea"),
            ("POST", "/jobs", #"{"id": "a@b", "when": {"every": 5}, "text": "t"}"#, 400, "a@b"),
            ("POST", "/jobs", #"{"id": "", "when": {"every": 5}, "text": "t"}"#, 400, "nothing"),
            ("POST", "/jobs", Self.morning, 409, "there is a job morning already"),
            ("POST", "/jobs/morning/pause", #"{"until": "later"}"#, 400, "later"),
        ]) func badRequests(_ method: String, _ path: String, _ body: String, _ status: Int, _ words: String) async throws
    {
        let stage = try await Stage()
        _ = try await stage.call(.post, "/jobs", Self.morning)
        let answer = try await stage.call(try #require(.init(method)), path, body)
        #expect(answer.status == status, "\(answer.text)")
        #expect(try #require(answer.error, "\(answer.text)").contains(words))
        // Nothing of it was done.
        #expect(try await stage.scheduler.jobs.map(\.id) == ["morning"])
    }

    @Test("A graceful shutdown lets a run end") func drain() async throws {
        let rehearsal = Rehearsal(), said = Said(), gate = Gate()
        let announce = Announce { _ in
            await rehearsal.wait(at: gate)
        } say: { text, _ in
            said.note(text)
        }
        let scheduler = rehearsal.scheduler(handlers: [announce])
        let call = Caller(JobRoutes(scheduler).router())
        let group = ServiceGroup(services: [SchedulerService(scheduler)], logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
        // Made before what they wait for can happen.
        let begins = scheduler.events(.schedulerStarted), starts = scheduler.events(.runStarted)
        let service = Task { try await group.run() }
        for await _ in begins { break }
        _ = try await call(.post, "/jobs", #"{"id": "slow", "when": {"cron": "@daily"}, "text": "done", "seconds": 20}"#)
        #expect(try await call(.post, "/jobs/slow/run").status == 202)
        for await _ in starts { break }
        await group.triggerGracefulShutdown()
        gate.open()
        try await service.value
        #expect(said.all == ["done"])
        #expect(try await call(.post, "/jobs/slow/run").status == 503)
    }
}
