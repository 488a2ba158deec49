internal import CronExpressions
internal import CronFeed
internal import CronJobs
internal import Testing

@Suite("What is asked of a job's URLs") struct HookCallTests {
    private let source = FeedSource(service: "default", store: "0123456789ab")

    private func job(
        onFailure: String? = nil, ping: String? = nil, attempts: Int = 1, notify: NotifyPolicy = .change
    ) throws -> Job {
        var values = JobPolicies.Values()
        (values.retry.attempts, values.notify) = (attempts, notify)
        values.onFailure = try onFailure.map { try #require(WebURL($0)) }
        values.ping = try ping.map { try #require(WebURL($0)) }
        return Job(id: JobID("a"), timing: .startup, command: Command(text: "secret-command"), policies: JobPolicies(values))
    }

    /// What all these ends have sent, without the ids that say what belongs together.
    private func calls(_ job: Job, _ outcomes: [Outcome]) -> [HookCall] {
        var transitions = Transitions(tellsEach: true), calls: [HookCall] = []
        let jobs = FeedJobs([job.id: job]), form = HookCalls(source: source)
        for (index, outcome) in outcomes.enumerated() {
            let run = Making.run("a", Int64(index)), number = Int64(2 * index)
            let start = Fact(
                number: number, at: WallTime(Instant(number)), kind: .started(run, attempt: 1, at: WallTime(Instant(Int64(index)))))
            for fact in [start, Making.ended(Int64(index), "a", outcome)] {
                for event in transitions.take(fact, jobs: jobs).events { calls += form.calls(for: event, job.policies.values) }
            }
        }
        return calls
    }

    private func targets(_ calls: [HookCall]) -> [String] {
        calls.map { call in
            let mark = ["?rid=", "&rid=", "&series="].first { call.target.contains($0) } ?? "never"
            return String(call.target.prefix(upTo: call.target.ranges(of: mark).first?.lowerBound ?? call.target.endIndex))
        }
    }

    @Test("Pings: the start, the success, the exit code, and else fail; nothing of what never ran") func pings() throws {
        let job = try job(ping: "https://hc-ping.com/b3c1")
        let outcomes: [Outcome] = [
            .succeeded, .failed(.exit(3)), .failed(.exit(3)), .succeeded, .failed(.signal(9)), .timedOut, .failed(.exit(0)), .cancelled,
        ]
        let calls = calls(job, outcomes)
        #expect(
            targets(calls)
                == [
                    "/b3c1/start", "/b3c1", "/b3c1/start", "/b3c1/3", "/b3c1/start", "/b3c1/3", "/b3c1/start", "/b3c1", "/b3c1/start",
                    "/b3c1/fail", "/b3c1/start", "/b3c1/fail", "/b3c1/start", "/b3c1/fail", "/b3c1/start", "/b3c1/fail",
                ])
        #expect(calls.allSatisfy { $0.kind == .ping && $0.body.isEmpty })
        // Start and end of a run have one id, in the form of a UUID; other runs others.
        let ids = calls.map { $0.target.suffix(36) }
        #expect(Set(ids).count == outcomes.count && ids[0] == ids[1] && ids[2] == ids[3])
        #expect(ids.allSatisfy { $0.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12] })
        #expect(self.calls(job, [.missed(3), .skipped(.overlap), .replaced]).map(\.target).allSatisfy { $0.contains("/start?") })
    }

    @Test("A URL with a slash at its end, or a query of its own; Cronitor's words") func forms() throws {
        #expect(
            targets(calls(try job(ping: "http://hc.example:8000/ping/k/?create=1"), [.succeeded])) == [
                "/ping/k/start?create=1", "/ping/k/?create=1",
            ])
        #expect(
            targets(calls(try job(ping: "https://cronitor.link/p/key/nightly?env=prod"), [.succeeded, .failed(.exit(2))]))
                == [
                    "/p/key/nightly?env=prod&state=run", "/p/key/nightly?env=prod&state=complete", "/p/key/nightly?env=prod&state=run",
                    "/p/key/nightly?env=prod&state=fail&status_code=2",
                ])
        #expect(targets(calls(try job(ping: "https://notcronitor.link/p"), [.succeeded])) == ["/p/start", "/p"])
    }

    @Test("A message at the first failure and when it is over, as notify= says; of an attempt that another follows nothing") func messages()
        throws
    {
        let outcomes: [Outcome] = [.succeeded, .failed(.exit(3)), .timedOut, .failed(.exit(3)), .succeeded, .succeeded]
        func kinds(_ notify: NotifyPolicy) throws -> [String] {
            calls(try job(onFailure: "https://ops.example/hook?x=1", notify: notify), outcomes).map { call in
                #expect(call.target == "/hook?x=1" && call.kind == .webhook && call.contentType == "application/cloudevents+json")
                let text = String(decoding: call.body, as: UTF8.self)
                #expect(!text.contains("secret-command"))
                return ["failed", "still_failing", "fixed"].first { text.contains(#""event":"\#($0)""#) } ?? text
            }
        }
        #expect(try kinds(.change) == ["failed", "fixed"])
        #expect(try kinds(.first) == ["failed"])
        #expect(try kinds(.every) == ["failed", "still_failing", "still_failing", "fixed"])
        #expect(try kinds(.each(3)) == ["failed", "still_failing", "fixed"])
        #expect(calls(try job(onFailure: "https://ops.example/", attempts: 2), [.failed(.exit(1))]).isEmpty)
        #expect(calls(try job(), outcomes).isEmpty)
    }

    @Test("What the run wrote goes along where it is wanted, without secrets") func output() throws {
        let mask = try #require(SecretMask(["hush-hush"]))
        var event = try #require(
            Transitions(tellsEach: true).taking(Making.ended(1, "a", .failed(.exit(1))), FeedJobs()))
        event.output = "no hush-hush here"
        let calls = HookCalls(source: source, mask: mask).calls(
            for: event, try job(onFailure: "https://ops.example/", ping: "https://hc.example/x").policies.values)
        #expect(calls.map { String(decoding: $0.body, as: UTF8.self) }.allSatisfy { $0.contains("no *** here") })
        #expect(calls.map(\.contentType) == ["text/plain; charset=UTF-8", "application/cloudevents+json"])
    }
}

extension Transitions {
    fileprivate func taking(_ fact: Fact, _ jobs: FeedJobs) -> FeedEvent? {
        var copy = self
        return copy.take(fact, jobs: jobs).events.first
    }
}
