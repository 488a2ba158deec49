import Testing

@Suite("Something that is to run once, over one Redis", .serialized, .inPlace, .timeLimit(.minutes(4)))
struct OnceReplicaTests {
    private static let key = ["CROND_TABLE_KEY": "a key that nobody guesses"]
    private static let table = "# crond: name=never\n59 23 31 12 * true\n"

    private func start(_ plain: Plain, _ redis: Redis, _ host: String, _ environment: [String: String] = key) async throws -> Daemon {
        try await plain.start(
            Self.table, ["--socket", "\(plain.folder.path)/\(host)", "--host", host], environment: environment, store: redis.url)
    }

    private func at(_ plain: Plain, _ host: String, _ words: String...) async throws -> Program.Result {
        try await Program.run([Program.crond, "at", "--socket", "\(plain.folder.path)/\(host)"] + words)
    }

    /// Waits until a service shows so many.
    private func expectPending(_ plain: Plain, _ host: String, _ count: Int) async throws {
        try await eventually("\(count) pending at \(host)") { try await at(plain, host, "--list", "--json").lines.count == count }
    }

    @Test("One of two services runs each, once; what one took the other runs when the first has gone")
    func replicas() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            try await redis.beKnown()
            let one = try await start(plain, redis, "one"), two = try await start(plain, redis, "two")
            for name in ["a", "b", "c", "d"] {
                let answer = try await at(plain, "one", "+7s", "--name", name, "-c", "echo $CRON_JOB >> $OUT/ran")
                #expect(answer.code == 0 && answer.out.contains("by whichever replica is first"), "\(answer.out)\(answer.errors)")
            }
            #expect(try await at(plain, "two", "+12s", "--name", "later", "-c", "echo $CRON_JOB >> $OUT/ran").code == 0)
            #expect(try await at(plain, "two", "+12s", "--name", "cancelled", "-c", "echo $CRON_JOB >> $OUT/ran").code == 0)
            // The other one, which may not have heard of it yet, cancels it.
            #expect(try await at(plain, "one", "--cancel", "cancelled").code == 0)
            try await eventually("four runs") { plain.folder.lines("out/ran").count >= 4 }
            #expect(try await two.stop() == 0)
            try await one.expect("job finished", ["job": "at:later", "outcome": "succeeded"])
            try await expectPending(plain, "one", 0)
            #expect(plain.folder.lines("out/ran").sorted() == ["at:a", "at:b", "at:c", "at:d", "at:later"])
            #expect(try await one.stop() == 0)
        }
    }

    @Test("What is altered, unsigned, or put back after it ran is refused by name, and does not run")
    func tampering() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain), stored = "{cron:default}:stored"
            try await redis.beKnown()
            let service = try await start(plain, redis, "one")
            #expect(try await at(plain, "one", "+30s", "--name", "altered", "-c", "echo altered-1 >> $OUT/ran").code == 0)
            #expect(try await at(plain, "one", "+5s", "--name", "replayed", "-c", "echo replayed >> $OUT/ran").code == 0)
            let replayed = try await redis.call("HGET", stored, "at:replayed")
            let altered = try await redis.call("HGET", stored, "at:altered").split(separator: " ", maxSplits: 6).map(String.init)
            try await service.expect("job finished", ["job": "at:replayed"])
            try await expectPending(plain, "one", 1)
            // Another time for what root said, other words in root's name, and the old one again, its mark and history forgotten.
            let soon = try await redis.call("TIME").split(separator: "\n")[0]
            let seconds = (Int(soon) ?? 0) + 8
            func row(_ action: String) -> String {
                (altered[0..<4] + ["\(seconds)", "\(action.utf8.count)", action]).joined(separator: " ")
            }
            let action = String(altered[6].prefix(Int(altered[5]) ?? 0))
            try await redis.call("HSET", stored, "at:altered", last: row(action))
            let unsigned = action.split(separator: "\"mac\"")[0] + "\"mac\":null}"
            try await redis.call("HSET", stored, "at:unsigned", last: row(String(unsigned)))
            try await redis.call("HSET", stored, "at:replayed", last: replayed)
            for id in ["at:unsigned", "at:replayed"] { try await redis.call("ZADD", "{cron:default}:ids", "0", id) }
            try await redis.call("HDEL", "{cron:default}:mark", "at:replayed")
            try await redis.call("DEL", "{cron:default}:hist:at:replayed", "{cron:default}:rows:at:replayed")
            try await redis.call("HINCRBY", "{cron:default}:meta", "jobs", "1")
            for (id, reason) in [("at:altered", "signature"), ("at:unsigned", "not signed"), ("at:replayed", "put back")] {
                try await eventually("\(id) is refused") {
                    service.log.contains {
                        $0["job"] == id && $0.message.hasPrefix("a job that runs once is refused") && $0.message.contains(reason)
                    }
                }
            }
            try await eventually("their time has come") { try await Int(redis.call("TIME").split(separator: "\n")[0]) ?? 0 > seconds + 1 }
            #expect(plain.folder.lines("out/ran") == ["replayed"])
            #expect(try await service.stop() == 0)
        }
    }

    @Test(
        "Without a key only the host that took it runs it, also after its restart; another ignores it with one warning, and a forger gets nothing"
    )
    func withoutKey() async throws {
        try Privileges.requireContainers()
        try await Container.use { container in
            let redis = try await Redis(in: container)
            try await redis.beKnown()
            try await container.freshRoot("59 23 31 12 * root true\n")
            let first = try await container.start(["--host", "one"], environment: ["CROND_STORE": redis.url])
            try await Container.use { other in
                try await other.freshRoot("59 23 31 12 * root true\n")
                let foreign = try await other.start(["--host", "two"], environment: ["CROND_STORE": redis.url])
                let answer = try await container.verb("at", "+20s", "--name", "mine", "-c", "'echo ran-here'")
                #expect(answer.code == 0 && answer.out.contains("by host one only"), "\(answer.out)\(answer.errors)")
                #expect(try await container.verb("at", "+21s", "--name", "other", "-c", "'echo forged > $OUT/forged'").code == 0)
                // In the name of host two, whose key is not known to whoever writes it.
                let row = try await redis.call("HGET", "{cron:default}:stored", "at:other").split(separator: #"host\":\"one"#)
                #expect(row.count == 2)
                try await redis.call("HSET", "{cron:default}:stored", "at:forged", last: row.joined(separator: #"host\":\"two"#))
                try await redis.call("ZADD", "{cron:default}:ids", "0", "at:forged")
                try await redis.call("HINCRBY", "{cron:default}:meta", "jobs", "1")
                try await foreign.expect("a job that runs once is left to others: host one took it, and runs it")
                #expect(try await first.stop() == 0)
                let again = try await container.start(["--host", "one"], environment: ["CROND_STORE": redis.url])
                try await again.expectOutput("ran-here")
                #expect(foreign.log("job started", ["job": "at:mine"]).isEmpty)
                #expect(foreign.log("a job that runs once is left to others: host one took it, and runs it").count == 1)
                try await again.expect("job finished", ["job": "at:other"])
                #expect(foreign.log.contains { $0["job"] == "at:forged" && $0.message.contains("this host's own key") })
                #expect(foreign.log("job started", ["job": "at:forged"]).isEmpty)
                #expect(try await foreign.stop() == 0)
                #expect(try await again.stop() == 0)
            }
        }
    }
}
