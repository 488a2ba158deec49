internal import Glibc
internal import Testing

@Suite("Lines that say what a fleet does with them", .serialized, .inPlace, .timeLimit(.minutes(4)))
struct FleetDirectiveTests {
    private func start(_ plain: Plain, _ redis: Redis, host: String) async throws -> Daemon {
        try await plain.start(
            nil, ["--socket", "\(plain.folder.path)/socket-\(host)"], environment: ["CROND_HOST": host], store: redis.url)
    }

    @Test("A job of every host runs on each, a named host's on that one only, any other on one of them")
    func hosts() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            let lines = ["any", "all", "WEB-1"].map {
                "# crond: name=on-\($0) host=\($0)\n* * * * * ? echo $CRON_JOB $CRON_RUN_ID $CROND_HOST >> $OUT/starts\n"
            }
            plain.folder.write("crontab", Plain.seconds + lines.joined())
            let replicas = [try await start(plain, redis, host: "web-0"), try await start(plain, redis, host: "web-1")]
            #expect(!replicas[0].log("job of another host", ["job": "on-WEB-1"]).isEmpty)
            let listed = try await Program.run([Program.crond, "jobs", "on-WEB-1", "--socket", "\(plain.folder.path)/socket-web-0"])
            #expect(listed.out.contains("\(plain.table):8 (WEB-1)"), "it is listed, with where it stands and runs: \(listed)")
            func runs(_ replica: Daemon, _ prefix: String) -> Set<String> {
                Set(replica.log("job started").compactMap { $0["run"] }.filter { $0.hasPrefix(prefix) })
            }
            try await eventually("starts of each", within: .seconds(30)) {
                plain.folder.lines("out/starts").count >= 24 && runs(replicas[0], "on-all@web-0@").count > 3
                    && runs(replicas[1], "on-all@web-1@").count > 3 && runs(replicas[1], "on-WEB-1").count > 3
            }
            for replica in replicas { #expect(try await replica.stop() == 0) }
            #expect(runs(replicas[0], "on-any").isDisjoint(with: runs(replicas[1], "on-any")))
            #expect(runs(replicas[0], "on-all@web-0@").count > 3 && runs(replicas[1], "on-all@web-1@").count > 3)
            #expect(runs(replicas[0], "on-WEB-1").isEmpty && runs(replicas[1], "on-WEB-1").count > 3)
            let ids = plain.folder.lines("out/starts").map { $0.split(separator: " ") }
            #expect(Set(ids.map { $0[0] }) == ["on-any", "on-all", "on-WEB-1"], "the name is the job's, without the host")
            #expect(Set(ids.map { $0[1] }).count == ids.count, "none doubled")
        }
    }

    @Test("While Redis is away `local` lines go on, and are in the ledger when it is back; others wait")
    func storeDown() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            plain.folder.write(
                "crontab",
                Plain.seconds + "# crond: name=local store-down=local\n* * * * * ? echo $CRON_RUN_ID >> $OUT/local\n"
                    + "# crond: name=hold\n* * * * * ? echo $CRON_RUN_ID >> $OUT/hold\n")
            let service = try await start(plain, redis, host: "web-0")
            try await eventually("starts", within: .seconds(30)) {
                plain.folder.lines("out/hold").count >= 2 && plain.folder.lines("out/local").count >= 2
            }
            try await redis.crash()
            try await service.expect("starting from memory while the store fails", ["job": "local"], within: .seconds(20))
            let held = plain.folder.lines("out/hold").count, before = plain.folder.lines("out/local").count
            try await eventually("local goes on", within: .seconds(20)) { plain.folder.lines("out/local").count >= before + 3 }
            #expect(plain.folder.lines("out/hold").count <= held + 1)
            try await redis.start()
            try await service.expect("the store works again", within: .seconds(40))
            #expect(try await service.stop() == 0)
            let ids = plain.folder.lines("out/local")
            #expect(Set(ids).count == ids.count, "none doubled")
            for id in ids {
                let time = try #require(id.split(separator: "@").last)
                let row = try await redis.call("HGET", "{cron:default}:rows:local", "\(time)#1")
                #expect(row.contains("succeeded"), "\(id): \(row)")
            }
        }
    }

    @Test("A job that is paused at one replica is skipped by all, says so, and goes on when it is resumed")
    func paused() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            plain.folder.write("crontab", Plain.seconds + "# crond: name=tick\n* * * * * ? echo $CRON_RUN_ID >> $OUT/starts\n")
            let replicas = [try await start(plain, redis, host: "web-0"), try await start(plain, redis, host: "web-1")]
            func verb(_ words: String..., host: String) async throws -> Program.Result {
                try await Program.run([Program.crond] + words + ["--socket", "\(plain.folder.path)/socket-\(host)"])
            }
            try await eventually("starts", within: .seconds(30)) { !plain.folder.lines("out/starts").isEmpty }
            let wrong = try await verb("pause", "tick", "tock", host: "web-0")
            #expect(wrong.code == 66 && wrong.errors.contains("tock"))
            #expect(try await verb("pause", "tick", host: "web-0").code == 0)
            try await eventually("skipped", within: .seconds(10)) {
                replicas.contains { !$0.log("run skipped", ["job": "tick", "reason": "paused"]).isEmpty }
            }
            let count = plain.folder.lines("out/starts").count
            try await eventually("several are skipped", within: .seconds(10)) {
                replicas.map { $0.log("run skipped", ["reason": "paused"]).count }.reduce(0, +) >= 3
            }
            #expect(plain.folder.lines("out/starts").count <= count + 1)
            #expect(try await verb("status", host: "web-1").out.contains("paused: tick"))
            #expect(try await verb("resume", "tick", host: "web-1").code == 0)
            try await eventually("it goes on", within: .seconds(10)) { plain.folder.lines("out/starts").count >= count + 3 }
            for replica in replicas { #expect(try await replica.stop() == 0) }
        }
    }
}
