import Glibc
import Testing

/// Services that hand runs to workers, over a real broker and a real Redis. The broker takes seconds to start: few tests, each of a whole story.
@Suite(
    "Runs that workers carry out", .serialized, .first, .enabled(if: Rabbit.isThere, Comment(rawValue: Rabbit.skipped)),
    .timeLimit(.minutes(6)))
struct WorkerTests {
    @Test(
        "A worker runs what a service claims, with its output, environment and time, and the service runs none of it; cancels and timeouts reach it; told to end, it takes nothing more, gives back what it has not started and waits for what runs"
    )
    func story() async throws {
        try await Plain.use { plain in
            let stage = try await WorkStage(plain)
            let service = try await stage.service(
                """
                # crond: every=1s name=far via=workers pool=gpu overlap=skip
                @every echo "$CRON_RUN_ID $CRON_ATTEMPT $CRON_FENCE by worker $PPID"
                # crond: name=long via=workers pool=gpu
                0 0 1 1 * sleep 600
                # crond: name=slow via=workers pool=gpu timeout=1s kill-after=1s
                0 0 1 1 * sleep 600
                # crond: every=1s name=near
                @every true
                # crond: name=two via=workers pool=q
                0 0 1 1 * while [ ! -e \(plain.folder.path)/out/go ]; do sleep 0.1; done; sleep 2

                """)
            let worker = try await stage.worker("w", ["--pool", "gpu", "--slots", "3"])
            let ended = try await worker.expect("job finished", ["job": "far", "outcome": "succeeded"])
            let run = try #require(ended["run"])
            // It stood in the way of others as long as there was no worker.
            let skipped = service.log("run skipped", ["job": "far"]).count
            try await eventually("its line in the log") {
                worker.outputs.contains { $0.hasPrefix("\(run) 1 ") && $0.contains(" by worker ") }
            }
            try await service.expect("job started", ["job": "near"])
            #expect(service.log("job started", ["job": "far"]).isEmpty)
            #expect(worker.log("job started", ["job": "near"]).isEmpty, "what is due is not a worker's")
            try await eventually("its output in the store") { try await plain.verb("logs", run).out.contains(run) }
            // overlap=skip: a run that has just ended stands in the way of nothing, although the service hears of it later.
            try await eventually("four runs") { worker.log("job finished", ["job": "far"]).count >= 4 }
            // On a busy machine one may take longer than a second.
            #expect(service.log("run skipped", ["job": "far"]).count - skipped <= worker.log("job finished", ["job": "far"]).count)

            let asked = try await plain.verb("trigger", "long")
            #expect(asked.code == 0, "\(asked.errors)")
            let long = try #require(try await worker.expect("job started", ["job": "long"])["run"])
            let cancelled = try await plain.verb("cancel", long)
            #expect(cancelled.code == 0, "\(cancelled.errors)")
            try await worker.expect("job finished", ["run": long, "outcome": "cancelled"])
            #expect(try await plain.verb("trigger", "slow", "--wait").code != 0)
            try await worker.expect("job finished", ["job": "slow", "outcome": "timedOut"])

            let refused = try await Program.run([Program.crond, "trigger", "long", "--socket", "\(plain.folder.path)/w.sock"])
            #expect(refused.code == 69 && refused.errors.contains("this is a worker of pool gpu"), "\(refused.errors)")
            #expect(try await worker.stop() == 0)
            try await drain(stage)
            #expect(try await service.stop() == 0)
        }
    }

    private func drain(_ stage: WorkStage) async throws {
        let first = try await stage.worker("w1", ["--pool", "q", "--slots", "1"])
        for _ in 1...3 { #expect(try await stage.plain.verb("trigger", "two").code == 0) }
        try await first.expect("job started", ["job": "two"])
        let second = try await stage.worker("w2", ["--pool", "q", "--slots", "1"])
        // The first has no slot, and holds nothing back.
        try await second.expect("job started", ["job": "two"])
        stage.plain.folder.write("out/go", "")
        #expect(try await first.stop() == 0)
        #expect(first.log("job finished", ["outcome": "succeeded"]).count == first.log("job started").count)
        try await eventually("all three have run") {
            first.log("job finished", ["outcome": "succeeded"]).count + second.log("job finished", ["outcome": "succeeded"]).count == 3
        }
        #expect(try await second.stop() == 0)
    }

    @Test(
        "What no worker has is sent again until its deadline: undelivered(no worker has it), (no queue), or run once a worker's table has it; a forged message starts nothing"
    )
    func nobodyHasIt() async throws {
        try await Plain.use { plain in
            let stage = try await WorkStage(plain)
            plain.folder.write("old", "0 0 1 1 * true\n")
            let table = """
                # crond: name=new via=workers pool=p grace=20s
                0 0 1 1 * echo new table
                # crond: every=2s name=short via=workers pool=p grace=2s
                @every echo never
                # crond: every=2s name=nowhere via=workers pool=empty grace=1s
                @every echo never
                # crond: name=poison via=workers pool=poison grace=8s
                0 0 1 1 * echo never
                # crond: name=full via=workers pool=full grace=3s
                0 0 1 1 * echo never
                # crond: name=twice via=workers pool=twice
                0 0 1 1 * echo once

                """
            let service = try await stage.service(table)
            let worker = try await stage.worker("w", table: "\(plain.folder.path)/old", ["--pool", "p"])
            try await service.expect("job finished", ["job": "nowhere", "outcome": "undelivered(no queue)"])
            try await service.expect("job finished", ["job": "short", "outcome": "undelivered(no worker has it)"])
            let said = try await worker.expect(
                "a run came whose job this worker's table does not have for its pool; it goes back, and is sent again")
            #expect(said["job"] == "short")
            #expect(try await plain.verb("trigger", "new").code == 0)
            try await worker.expect(
                "a run came whose job this worker's table does not have for its pool; it goes back, and is sent again", ["job": "new"])
            // The rollout reaches the worker.
            plain.folder.write("old", table)
            try await worker.expect("job finished", ["job": "new", "outcome": "succeeded"])
            #expect(worker.log("job started", ["job": "new"]).count == 1)

            if Rabbit.hasPika {
                try await forge(stage, worker)
                try await strangeQueues(stage, service)
                try await copies(stage)
            }
            #expect(try await worker.stop() == 0)
            #expect(try await service.stop() == 0)
        }
    }

    /// Somebody with the broker's password writes into the queue: a run that was decided, one that never was, and rubbish; then deletes it.
    private func forge(_ stage: WorkStage, _ worker: Daemon) async throws {
        let run = try #require(worker.log("job started", ["job": "new"]).first?["run"])
        for body in [Self.letter(run, fence: 1), Self.letter("new@1m00000001", fence: 9), "rm -rf /"] {
            try await stage.rabbit.ask("channel.basic_publish('', 'crond.default.pool.p', sys.argv[2].encode())", body)
        }
        try await worker.expect("a message in the queue is none for this pool; such messages go to the dead letters")
        try await worker.expect(
            "a run came of a job that is another in this worker's table; it goes back, and is sent again", ["job": "new"])
        #expect(worker.log("job started", ["job": "new"]).count == 1)
        // Somebody deletes the queue under its consumer: it is made again.
        try await stage.rabbit.ask("channel.queue_delete('crond.default.pool.p')")
        let lost = try await worker.expect("there is no broker; this worker gets no runs")
        #expect(lost["reason"]?.contains("the queue crond.default.pool.p was deleted or moved") == true)
        try await worker.expect("the broker is back")
        #expect(try await stage.plain.verb("trigger", "new", "--wait").code == 0)
        // A queue of that name that is not ours.
        try await stage.rabbit.ask("channel.queue_declare('crond.default.pool.other', durable=True)")
        let other = try stage.plain.launch(
            [
                Program.crond, "worker", stage.plain.table, "--format", "user", "--store", stage.redis.url, "--amqp", stage.rabbit.url,
                "--pool", "other", "--socket", "none",
            ], environment: [:], isContained: false)
        let refused = try await other.expect("there is no broker; this worker gets no runs")
        #expect(refused["reason"]?.contains("PRECONDITION_FAILED") == true, "\(refused)")
        #expect(try await other.stop() == 0)
    }

    /// A worker that takes messages and gives them back, again and again; a queue that is full.
    private func strangeQueues(_ stage: WorkStage, _ service: Daemon) async throws {
        try await stage.rabbit.ask(
            """
            \(Self.declare("poison"))
            channel.queue_declare("crond.default.pool.full", durable=True, arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
            channel.basic_publish("", "crond.default.pool.full", b"{}")
            """)
        #expect(try await stage.plain.verb("trigger", "full").code == 0)
        #expect(try await stage.plain.verb("trigger", "poison").code == 0)
        try await stage.rabbit.ask(
            """
            import time
            end = time.monotonic() + 9
            while time.monotonic() < end:
                method, _, _ = channel.basic_get("crond.default.pool.poison")
                if method:
                    channel.basic_nack(method.delivery_tag, requeue=True)
                else:
                    time.sleep(0.02)
            """)
        try await service.expect("job finished", ["job": "full", "outcome": "undelivered(queue refused)"])
        try await service.expect("job finished", ["job": "poison", "outcome": "undelivered(workers gave it back)"])
    }

    /// A true message, copied.
    private func copies(_ stage: WorkStage) async throws {
        try await stage.rabbit.ask(Self.declare("twice"))
        #expect(try await stage.plain.verb("trigger", "twice").code == 0)
        try await stage.rabbit.ask(
            """
            import time
            body = None
            while body is None:
                _, _, body = channel.basic_get("crond.default.pool.twice", auto_ack=True)
                time.sleep(0.02)
            for _ in range(5):
                channel.basic_publish("", "crond.default.pool.twice", body)
            """)
        let worker = try await stage.worker("twice", ["--pool", "twice", "--slots", "2"])
        let run = try #require(try await worker.expect("job finished", ["job": "twice", "outcome": "succeeded"])["run"])
        // What is behind the copies comes after them.
        #expect(try await stage.plain.verb("trigger", "twice", "--wait").code == 0)
        #expect(worker.log("job started", ["run": run]).count == 1 && worker.log("job started").count == 2)
        #expect(try await worker.stop() == 0)
    }

    /// The queue of a pool, as its workers declare it.
    private static func declare(_ pool: String) -> String {
        #"channel.queue_declare("crond.default.pool.\#(pool)", durable=True, arguments={"x-queue-type": "quorum", "x-delivery-limit": 10, "#
            + #""x-dead-letter-exchange": "", "x-dead-letter-routing-key": "crond.default.dead", "x-dead-letter-strategy": "at-least-once", "#
            + #""x-overflow": "reject-publish", "x-max-length": 100000})"#
    }

    private static func letter(_ run: String, fence: Int) -> String {
        #"{"version":1,"run":"\#(run)","attempt":1,"fence":\#(fence),"pool":"p","job_mark":"0","trigger":"manual","first":1,"count":1,"sent":0}"#
    }

    @Test(
        "Hundreds of runs over three workers, one killed -9 half-way, the broker killed and the service killed: each run has one outcome, and none starts twice",
        .timeLimit(.minutes(10)))
    func killed() async throws {
        // `make soak` asks for 10,000.
        let wanted = getenv("CROND_SOAK_WORKER_RUNS").flatMap { Int(String(cString: $0)) } ?? 240
        let jobs = min(200, max(30, wanted / 50))
        try await Plain.use { plain in
            let stage = try await WorkStage(plain)
            func table(_ every: Bool) -> String {
                (1...jobs).map { number in
                    let more = number.isMultiple(of: 2) ? "attempts=2 backoff=fixed(1s) ack=completion timeout=20m" : "attempts=1"
                    return "# crond: \(every ? "every=1s " : "")name=j\(number) via=workers pool=p \(more) grace=100s\n"
                        + "\(every ? "@every" : "0 0 1 1 *") echo x >>\(plain.folder.path)/starts/$CRON_RUN_ID.$CRON_ATTEMPT\n"
                }.joined()
            }
            plain.folder.folder("starts")
            plain.folder.write("work", table(true))
            var service = try await stage.service(table(true))
            var workers: [Daemon] = []
            for number in 1...3 {
                workers.append(try await stage.worker("w\(number)", table: "\(plain.folder.path)/work", ["--pool", "p", "--slots", "4"]))
            }
            try await eventually("runs are going", within: .seconds(200)) {
                workers.reduce(0) { $0 + $1.log("job finished").count } >= wanted / 2
            }
            try await stage.rabbit.keepDeclared()
            try workers[0].signal(SIGKILL)
            _ = try? await workers[0].end()
            stage.rabbit.crash()
            try await stage.rabbit.start()
            try await workers[1].expect("the broker is back", within: .seconds(60))
            try service.signal(SIGKILL)
            _ = try? await service.end()
            service = try await stage.service(table(true))
            let before = workers.reduce(0) { $0 + $1.log("job finished").count }
            try await eventually("runs go on", within: .seconds(200)) {
                workers.reduce(0) { $0 + $1.log("job finished").count } >= before + wanted / 2
            }
            // Nothing more is due.
            plain.folder.write("crontab", table(false))
            try await service.expect("table loaded", ["changed": "\(jobs)"], within: .seconds(60))
            try await eventually("every run has its outcome", within: .seconds(100)) {
                try await stage.redis.call("HLEN", "{cron:default}:runs") == "0"
            }
            try await expectFurtherAttempts(stage, jobs)
            try await expectOneStartEach(stage, jobs, wanted)
            for worker in workers.dropFirst() { #expect(try await worker.stop() == 0) }
            #expect(try await service.stop() == 0)
        }
    }

    /// Lost with their worker, and begun again where they may.
    private func expectFurtherAttempts(_ stage: WorkStage, _ jobs: Int) async throws {
        try await eventually("further attempts have ended, too", within: .seconds(60)) {
            for number in stride(from: 2, through: jobs, by: 2) {
                let ended = try await stage.runs("j\(number)")
                let lost = ended.filter { $0.outcome == "interrupted" && $0.run.hasSuffix(".1") }
                let further = lost.map { $0.run.dropLast() + "2" }
                if !further.allSatisfy({ wanted in ended.contains { $0.run == wanted && $0.outcome == "succeeded" } }) { return false }
            }
            return true
        }
    }

    private func expectOneStartEach(_ stage: WorkStage, _ jobs: Int, _ wanted: Int) async throws {
        let starts = try await Program.shell(
            "cd '\(stage.plain.folder.path)/starts' && for f in *; do echo $(wc -l <$f) $f; done | grep -v '^1 ' || true")
        #expect(starts == "", "started more than once: \(starts)")
        let list = try await Program.shell("ls '\(stage.plain.folder.path)/starts'")
        let started = list.split(separator: "\n").count
        var outcomes: [String: Int] = [:], runs: Set<String> = []
        for number in 1...jobs {
            for one in try await stage.runs("j\(number)") {
                outcomes[one.outcome, default: 0] += 1
                #expect(runs.insert(one.run).inserted, "\(one.run) has two outcomes")
            }
        }
        #expect(outcomes["?"] == nil && outcomes["running"] == nil, "\(outcomes)")
        #expect(outcomes["succeeded"] ?? 0 > wanted / 2 && started >= outcomes["succeeded"] ?? 0, "\(outcomes), \(started) started")
    }

    @Test("What cannot work is said: lines for workers without a Redis or a broker, a worker without them, a pool that is no name")
    func refusals() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("# crond: name=a via=workers\n0 0 1 1 * true\n# crond: name=b\n0 0 1 1 * true\n")
            try await eventually("the bad line") { service.errors.contains("via= cannot be kept: workers must reach the store, too") }
            #expect(try await service.stop() == 0)
            for (words, expected) in [
                ([], "a worker needs the Redis"), (["--store", "redis://127.0.0.1:1"], "a worker needs the broker"),
                (["--pool", "no pool"], "--pool no pool: expected 1 to 64 of"), (["--slots", "0"], "expected a number from 1 to 1000"),
            ] {
                let result = try await Program.run([Program.crond, "worker", plain.table] + words)
                #expect(result.code == 78 && result.errors.contains(expected), "\(result.errors)")
            }
            let check = try await Program.run(
                [Program.crond, "check", plain.table, "--format", "user", "--store", "memory:", "--no-users"])
            #expect(check.code == 65 && check.out.contains("workers must reach the store, too"), "\(check.out)")
            let fine = try await Program.run(
                [Program.crond, "check", plain.table, "--format", "user", "--store", "redis://h", "--no-users"])
            #expect(fine.code == 0, "\(fine.out)")
        }
    }
}
