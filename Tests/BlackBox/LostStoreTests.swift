internal import Testing

@Suite("A Redis that lost what it had while services run", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct LostStoreTests {
    private static let key = "a key that nobody guesses"
    private static let said = "the store has lost the table that is in use: it is published again"
    private static let tick = Plain.seconds + "# crond: name=tick\n* * * * * ? echo $CRON_RUN_ID >> $OUT/starts\n"

    private func verb(_ plain: Plain, _ number: Int, _ words: String...) async throws -> Program.Result {
        try await Program.run([Program.crond] + words + ["--socket", "\(plain.folder.path)/socket-\(number)"])
    }

    @Test("After FLUSHALL one of the replicas publishes the table again, signed, and all know the pauses")
    func flushed() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            plain.folder.write("crontab", Self.tick)
            var replicas: [Daemon] = []
            for number in 0..<3 {
                replicas.append(
                    try await plain.start(
                        nil, ["--socket", "\(plain.folder.path)/socket-\(number)"], environment: ["CROND_TABLE_KEY": Self.key],
                        store: redis.url))
            }
            try await plain.moreStarts(2)
            plain.folder.write("crontab", Self.tick + "# crond: name=other\n59 59 23 31 12 ? true\n")
            for replica in replicas { try await replica.expect("table loaded", ["revision": "2"]) }
            #expect(try await verb(plain, 0, "pause", "tick", "other").code == 0)
            // Longer than a renewal: all have heard of it.
            try await Task.sleep(for: .seconds(6))
            #expect(try await verb(plain, 1, "resume", "other").code == 0)
            let starts = plain.folder.lines("out/starts").count
            try await redis.call("FLUSHALL")
            try await eventually("the table is there again", within: .seconds(30)) {
                replicas.contains { !$0.log(Self.said, ["revision": "3", "lost": "2", "found": "no revision"]).isEmpty }
            }
            // A new server settles for ten seconds; then what is due is skipped again.
            let skipped = replicas.map { $0.log("run skipped").count }.reduce(0, +)
            try await eventually("the pause holds", within: .seconds(40)) {
                replicas.map { $0.log("run skipped").count }.reduce(0, +) >= skipped + 3
            }
            #expect(plain.folder.lines("out/starts").count == starts, "nothing was started meanwhile")
            #expect(replicas.map { $0.log(Self.said).count }.reduce(0, +) == 1)
            #expect(try await redis.call("HLEN", "{cron:default}:rev") == "1")
            #expect(
                try await verb(plain, 2, "table", "log").lines.map { $0.split(separator: " ").suffix(2).joined(separator: " ") } == [
                    "current signed"
                ])
            #expect(try await verb(plain, 2, "table", "show", "3").out == plain.folder.read("crontab"))
            #expect(try await redis.call("SMEMBERS", "{cron:default}:paused") == "tick")
            #expect(try await verb(plain, 2, "resume", "tick").code == 0)
            try await plain.moreStarts(2)
            for replica in replicas { #expect(try await replica.stop() == 0) }
        }
    }

    @Test("A new container after a FLUSHALL gets the edited table, and not its image's")
    func afterwards() async throws {
        let image = "# crond: name=one\n59 23 31 12 * root true\n", edited = image + "# crond: name=two\n59 23 31 12 * root true\n"
        try await Container.use { a in
            try await Container.use { b in
                let redis = try await Redis(in: a), environment = ["CROND_STORE": redis.url]
                try await a.freshRoot(image)
                let first = try await a.start(environment: environment)
                a.folder.write("etc/crontab", edited)
                try await first.expect("table loaded", ["revision": "2"])
                try await redis.call("FLUSHALL")
                try await first.expect(Self.said, within: .seconds(30))
                try await b.freshRoot(image)
                let second = try await b.start(environment: environment)
                #expect(b.folder.read("etc/crontab") == edited)
                #expect(try await redis.call("HGET", "{cron:default}:meta", "revision") == "3")
                for service in [first, second] { #expect(try await service.stop() == 0) }
            }
        }
    }

    @Test("A restore without a service writes only files that are named, whatever a revision names")
    func planted() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            let evil = "\(plain.folder.path)/evil"
            plain.folder.write("evil", "59 23 31 12 * true\n")
            let planter = try plain.launch(
                [Program.crond, "run", evil, "--format", "user", "--store", redis.url, "--socket", "none"], environment: [:],
                isContained: false)
            try await planter.expectReady()
            #expect(try await planter.stop() == 0)
            plain.folder.write("evil", "untouched\n")
            plain.folder.write("crontab", "# mine\n")
            for files in [[], [plain.table]] {
                let result = try await Program.run(
                    [Program.crond, "table", "restore", "1"] + files + ["--store", redis.url, "--socket", "none"])
                #expect(result.code == 78 && result.errors.contains(evil) && result.errors.contains("nothing was changed"), "\(result)")
            }
            #expect(plain.folder.read("evil") == "untouched\n" && plain.folder.read("crontab") == "# mine\n")
            #expect(try await redis.call("HGET", "{cron:default}:meta", "revision") == "1")
            let named = try await Program.run(
                [Program.crond, "table", "restore", "1", "--store", redis.url, "--socket", "none"], environment: ["CROND_TABLE": evil])
            #expect(named.code == 0, "\(named)")
            #expect(plain.folder.read("evil") == "59 23 31 12 * true\n")
        }
    }
}
