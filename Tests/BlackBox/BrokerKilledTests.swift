import CronJobs
import Glibc
import Testing

/// A broker that is killed -9 while a run's message is at a step that a test chose, and started again. The broker takes seconds to start, so each of its
/// deaths meets a message at every step.
@Suite(
    "A broker killed at each step of a run for workers", .serialized, .inPlace,
    .enabled(if: Rabbit.isThere, Comment(rawValue: Rabbit.skipped)), .timeLimit(.minutes(30)))
struct BrokerKilledTests {
    /// Named by how far the broker has come with their runs when it dies.
    private static let jobs = [
        "published", "confirmed", "delivered", "asking", "acknowledged", "running", "ended", "rejected",
    ]

    /// - Parameter hasAll: the table as workers have it after a rollout.
    private static func table(_ folder: String, hasAll: Bool) -> String {
        jobs.filter { hasAll || $0 != "rejected" }.map { job in
            let pool = ["asking", "rejected"].contains(job) ? "other" : "p"
            let keeps = ["running", "ended"].contains(job) ? "ack=completion attempts=2 backoff=fixed(1s) timeout=20m" : ""
            let waits = job == "running" ? "; until test -e \(folder)/go; do sleep 0.1; done" : ""
            return "# crond: name=\(job) via=workers pool=\(pool) grace=100s \(keeps)\n"
                + "0 0 1 1 * echo x >>\(folder)/starts/$CRON_RUN_ID.$CRON_ATTEMPT\(waits)\n"
        }.joined()
    }

    /// The service and its workers, each with what stands between it and its servers.
    private struct Cast {
        let stage: WorkStage
        let sending: BrokerProxy
        let taking: BrokerProxy
        let gate: Proxy
        let service: Daemon
        let worker: Daemon
        /// Of another pool: its table is older, and its store is behind the gate's proxy.
        let other: Daemon

        init(_ stage: WorkStage) async throws {
            let folder = stage.plain.folder
            self.stage = stage
            sending = try await BrokerProxy(to: stage.rabbit)
            taking = try await BrokerProxy(to: stage.rabbit)
            gate = try await Proxy(to: stage.redis, "gate")
            folder.folder("starts")
            let table = BrokerKilledTests.table(folder.path, hasAll: true)
            folder.write("old", BrokerKilledTests.table(folder.path, hasAll: false))
            folder.write("crontab", table)
            // Workers first: their queues are there when something is sent.
            worker = try await stage.worker("w", ["--pool", "p", "--slots", "9"], broker: taking.url)
            // It waits for its store as long as the broker may take.
            other = try await stage.worker(
                "other", table: "\(folder.path)/old", ["--pool", "other", "--slots", "9"], store: gate.url + "?timeout=60")
            service = try await stage.service(table, broker: sending.url)
            try await service.expect("connected to the broker", within: .seconds(60))
            try await service.expect("messages that no worker takes are heard of", within: .seconds(60))
        }

        func trigger(_ job: String) async throws {
            let asked = try await stage.plain.verb("trigger", job)
            #expect(asked.code == 0, "\(job): \(asked.errors)")
        }

        func finished(_ daemon: Daemon, _ job: String, _ count: Int) async throws {
            try await eventually("\(job) to end", within: .seconds(60)) { daemon.log("job finished", ["job": job]).count >= count }
        }
    }

    @Test(
        "Killed before and after its confirm, before a message reaches a worker, before the worker's question to the ledger, before the acknowledgement (at the start, while the run goes on, after its end), with a dead letter on its way, and once more on its return: each run starts once and has one outcome, and no message is left"
    )
    func everyStep() async throws {
        // `make soak` asks for more.
        let rounds = getenv("CROND_SOAK_BROKER_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 1
        try await Plain.use { plain in
            let cast = try await Cast(try await WorkStage(plain))
            for round in 1...rounds {
                try await bringToTheirSteps(cast, round)
                cast.stage.rabbit.crash()
                try await returnTwice(cast, round)
            }
            try await expectOneOutcomeEach(cast, rounds)
            for daemon in [cast.service, cast.worker, cast.other] { #expect(try await daemon.stop() == 0) }
            if Rabbit.hasPika { try await expectNothingLeft(cast.stage.rabbit) }
            for proxy in [cast.sending, cast.taking] { proxy.end() }
            cast.gate.end()
        }
    }

    /// What is held stays so until the broker dies: on each connection the last steps come first.
    private func bringToTheirSteps(_ cast: Cast, _ round: Int) async throws {
        let folder = cast.stage.plain.folder
        unlink("\(folder.path)/go")
        if round == 1 {
            try await cast.stage.rabbit.keepDeclared()
        } else {
            let loads = cast.other.log("table loaded").count
            folder.write("old", Self.table(folder.path, hasAll: false))
            try await eventually("the older table") { cast.other.log("table loaded").count > loads }
        }

        cast.sending.hold(at: .delivery)
        try await cast.trigger("rejected")
        try await cast.sending.expectHeld("a dead letter", of: cast.service)
        cast.gate.holdRequests(from: "asking@")
        try await cast.trigger("asking")
        try await eventually("the question to the ledger") { cast.gate.isHolding }

        try await cast.trigger("running")
        try await eventually("it runs") { cast.worker.log("job started", ["job": "running"]).count >= round }
        cast.taking.hold(at: .acknowledgement)
        try await cast.trigger("ended")
        try await cast.taking.expectHeld("the acknowledgement of what has ended", of: cast.worker)
        try await cast.trigger("acknowledged")
        try await cast.finished(cast.worker, "acknowledged", round)
        cast.taking.hold(at: .delivery)
        try await cast.trigger("delivered")
        try await cast.taking.expectHeld("a delivery", of: cast.worker)

        cast.sending.hold(at: .confirm)
        try await cast.trigger("confirmed")
        try await cast.sending.expectHeld("a confirm", of: cast.service)
        cast.sending.hold(at: .publish)
        try await cast.trigger("published")
        try await cast.sending.expectHeld("a publish", of: cast.service)
    }

    /// Killed once more when it gives its messages out again and is sent what it never had.
    private func returnTwice(_ cast: Cast, _ round: Int) async throws {
        let folder = cast.stage.plain.folder
        folder.write("old", Self.table(folder.path, hasAll: true))
        cast.taking.hold(at: .delivery)
        cast.sending.hold(at: .publish)
        try await cast.stage.rabbit.start()
        try await cast.taking.expectHeld("a second delivery", of: cast.worker)
        try await cast.sending.expectHeld("a second publish", of: cast.service)
        // Who leads a queue it writes down in its own time, too; what it forgets of that, it does not answer for after its return.
        try await cast.stage.rabbit.keepDeclared()
        cast.stage.rabbit.crash()
        folder.write("go", "")
        let returns = cast.other.log("the broker is back").count
        try await cast.stage.rabbit.start()
        // The question to the ledger is lost, after a copy of its message has come again.
        try await eventually("the other worker's connection", within: .seconds(60)) {
            cast.other.log("the broker is back").count > returns
        }
        cast.gate.loseHeld()
        for job in Self.jobs {
            try await cast.finished(["asking", "rejected"].contains(job) ? cast.other : cast.worker, job, round)
        }
    }

    private func expectOneOutcomeEach(_ cast: Cast, _ rounds: Int) async throws {
        let plain = cast.stage.plain
        try await eventually("every run has its outcome") { try await cast.stage.redis.call("HLEN", "{cron:default}:runs") == "0" }
        for job in Self.jobs {
            let lines = try await plain.verb("runs", job, "--json", "--limit", "1000").lines
            let runs = try lines.map { try RunSnapshot(json: JSONReader.read(Array($0.utf8))) }
            #expect(runs.count == rounds && runs.allSatisfy { $0.attempt == 1 && $0.outcome == .succeeded }, "\(job): \(lines)")
            for run in runs { #expect(plain.folder.read("starts/\(run.run).1") == "x\n", "\(run.run)") }
        }
        let started = try await Program.shell("ls '\(plain.folder.path)/starts' | wc -l")
        #expect(started == "\(rounds * Self.jobs.count)\n", "\(started)")
    }

    private func expectNothingLeft(_ rabbit: Rabbit) async throws {
        try await rabbit.ask(
            """
            import time
            for name in ("pool.p", "pool.other", "dead"):
                for _ in range(100):
                    left = channel.queue_declare("crond.default." + name, passive=True).method.message_count
                    if left == 0: break
                    time.sleep(0.1)
                assert left == 0, f"{left} messages are left in {name}"
            """)
    }
}
