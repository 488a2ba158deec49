internal import Glibc
internal import Testing

@Suite("Runs that overlap", .serialized, .inPlace, .timeLimit(.minutes(4)))
struct OverlappingRunTests {
    /// Says that it begins, and ends when it is told to.
    private static let waits = "echo $CRON_RUN_ID >> $OUT/ids; while [ ! -e $OUT/go ]; do sleep 0.05; done"

    /// Each attempt that the ledger has, has its one outcome.
    private func expectAllEnded(_ plain: Plain) async throws {
        let question = "SELECT count(*), count(finished), count(DISTINCT job || kind || fire || token || attempt) FROM run"
        let answer = try await Program.run(["sqlite3", "\(plain.folder.path)/store/ledger.db", question]).out
        let counts = Set(answer.split(whereSeparator: { $0 == "|" || $0 == "\n" }))
        #expect(counts.count == 1 && counts.first != "0", "\(answer)")
    }

    @Test("`overlap=queue(n)` runs them one after another; an overlap is said when it begins and when it ends") func queue() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(
                "# crond: name=q every=1s overlap=queue(2) grace=1s\n@every \(Self.waits)\n", ["--log-level", "debug"])
            try await eventually("two that wait") { service.log("run waits", ["for": "overlap"]).count == 2 }
            let waiting = service.log("run waits", ["for": "overlap"]).compactMap { $0["run"] }
            try await eventually("one that is skipped") { !service.log("run skipped", ["reason": "overlap"]).isEmpty }
            #expect(service.log("job started").count == 1)
            plain.folder.write("out/go", "")
            for run in waiting { try await service.expect("job started", ["run": run]) }
            try await service.expect("runs no longer overlap", ["job": "q"])
            #expect(service.log("runs overlap: a fire time came while a run was still going").count == 1)
            try await eventually("their words") { plain.folder.lines("out/ids").count >= 3 }
            #expect(Array(plain.folder.lines("out/ids").dropFirst().prefix(2)) == waiting)
            #expect(try await service.stop() == 0)
        }
    }

    /// A run that was claimed ahead finds room in the milliseconds before its fire time, while the scheduler waits for another.
    @Test("Runs that end right before the next fire time of their job hold up nothing: all go on, and the service ends in time")
    func endingRightBefore() async throws {
        try await Plain.use { plain in
            let table = (0..<24).map { number in
                let policy = number.isMultiple(of: 2) ? "queue(1)" : "replace"
                return "# crond: name=job-\(number) every=1s overlap=\(policy)\n@every sleep 0.\(940 + number * 2)\n"
            }
            let service = try await plain.start(table.joined())
            for round in 1...5 {
                let before = service.log("job started").count
                try await eventually("starts of round \(round)") { service.log("job started").count >= before + 24 }
            }
            #expect(try await service.stop() == 0)
        }
    }

    @Test("Crond killed while runs wait in a queue: each has one outcome, and none starts twice") func killedQueue() async throws {
        try await Plain.use { plain in
            let first = try await plain.start(
                "# crond: name=q every=1s overlap=queue(2)\n@every \(Self.waits)\n", ["--log-level", "debug"])
            try await eventually("two that wait") { first.log("run waits", ["for": "overlap"]).count == 2 }
            let running = try #require(plain.folder.lines("out/ids").first)
            let waiting = first.log("run waits", ["for": "overlap"]).compactMap { $0["run"] }
            try first.signal(SIGKILL)
            _ = try await first.end()
            let second = try await plain.start()
            for run in waiting { try await second.expect("job finished", ["run": run, "outcome": "interrupted"]) }
            plain.folder.write("out/go", "")
            try await second.expect("job finished", ["run": running, "outcome": "unknown(adopted)"])
            try await second.expect("job finished", ["outcome": "succeeded"])
            #expect(try await second.stop() == 0)
            for run in waiting + [running] { #expect(second.log("job finished", ["run": run]).count == 1, "\(run)") }
            try await expectAllEnded(plain)
            let ids = plain.folder.lines("out/ids")
            #expect(Set(ids).count == ids.count && Set(ids).isDisjoint(with: waiting))
        }
    }

    @Test("Over a Redis, crond killed alone: the next one of the same host sees at once what still runs, and starts nothing beside it")
    func killedOverRedis() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            try await redis.beKnown()
            let table = "# crond: name=q every=1s overlap=queue(1) host=one\n@every \(Self.waits)\n"
            let first = try await plain.start(table, ["--host", "one"], store: redis.url)
            try await eventually("the run") { plain.folder.lines("out/ids").count == 1 }
            let running = try #require(plain.folder.lines("out/ids").first)
            try first.signal(SIGKILL)
            _ = try await first.end()
            let second = try await plain.start(nil, ["--host", "one", "--log-level", "debug"], store: redis.url)
            try await second.expect("adopted a run of the service's last life", ["run": running], within: .seconds(5))
            try await second.expect("run waits", ["for": "overlap"])
            #expect(plain.folder.lines("out/ids").count == 1, "nothing starts beside it")
            plain.folder.write("out/go", "")
            try await second.expect("job finished", ["run": running, "outcome": "unknown(adopted)"])
            #expect(try await second.stop() == 0)
        }
    }

    @Test(
        "`overlap=replace`, and crond killed before, between and after TERM and KILL of the run that is replaced: one outcome each",
        arguments: [0, 400, 1300, nil])
    func replace(_ killedAfter: Int?) async throws {
        try await Plain.use { plain in
            let table =
                "# crond: name=r every=2s overlap=replace kill-after=1s\n"
                + "@every trap '' TERM; echo $CRON_RUN_ID >> $OUT/ids; while [ ! -e $OUT/go ]; do sleep 0.05; done\n"
            let first = try await plain.start(table, ["--log-level", "debug"])
            let run = try #require(try await first.expect("run waits", ["for": "overlap"])["run"])
            let running = try #require(plain.folder.lines("out/ids").first)
            guard let killedAfter else {
                try await first.expect("job finished", ["run": running, "outcome": "cancelled(replaced)"])
                try await first.expect("job started", ["run": run])
                plain.folder.write("out/go", "")
                #expect(try await first.stop() == 0)
                return
            }
            try await Task.sleep(for: .milliseconds(killedAfter))
            try first.signal(SIGKILL)
            _ = try await first.end()
            let second = try await plain.start()
            try await second.expect("job started", ["job": "r"])
            plain.folder.write("out/go", "")
            try await second.expect("job finished", ["outcome": "succeeded"])
            #expect(try await second.stop() == 0)
            let ids = plain.folder.lines("out/ids")
            #expect(Set(ids).count == ids.count, "nothing starts twice")
            #expect(Set([run, running]).count == 2)
            try await expectAllEnded(plain)
        }
    }

    @Test("`--max-running` bounds the service; what is more starts in the order of the table") func room() async throws {
        try await Plain.use { plain in
            let lines = (0..<6).map { "# crond: name=job-\($0) every=1h\n@reboot echo $CRON_JOB >> $OUT/ids; sleep 0.2\n" }
                .map { $0.replacing(" every=1h", with: "") }
            let service = try await plain.start(lines.joined(), environment: ["CROND_MAX_RUNNING": "1"])
            try await eventually("all") { service.log("job finished", ["outcome": "succeeded"]).count == 6 }
            #expect(plain.folder.lines("out/ids") == (0..<6).map { "job-\($0)" })
            #expect(try await service.stop() == 0)
        }
    }

    @Test("Over a shared store `queue` needs a host, and a number that is none is refused by its name") func refused() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            let service = try await plain.start(
                "# crond: name=a overlap=queue(2)\n* * * * * x\n\n# crond: name=b host=one overlap=replace\n* * * * * y\n",
                ["--host", "one"], store: redis.url)
            #expect(try await service.expect("ready")["jobs"] == "1")
            #expect(try await service.stop() == 0)
            let bad = try await plain.start(nil, ["--max-running", "0"], waits: false)
            #expect(try await bad.end() == 78)
        }
    }
}
