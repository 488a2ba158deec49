internal import Glibc
internal import Testing

@Suite("What is said of a store, and what is not", .first, .timeLimit(.minutes(3)))
struct StoreMannersTests {
    private static let quarantine =
        "the store is new, came back or was silent: it decides nothing until its services have told it what they remember"

    @Test("A store that is away for a while: one line when it goes, one when it is back")
    func away() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            try await redis.beKnown()
            let service = try await plain.start(Start.table(1), store: redis.url)
            try await plain.moreStarts(2)
            try await redis.crash()
            try await service.expect("the store failed; jobs wait until it works", within: .seconds(20))
            // Three renewals, each of which fails.
            try await Task.sleep(for: .seconds(16))
            try await redis.start()
            try await service.expect("the store works again", within: .seconds(40))
            try await plain.moreStarts(2)
            #expect(try await service.stop() == 0)
            #expect(service.log.filter { $0["level"] == "error" }.count == 1, "\(service.log.filter { $0["level"] == "error" })")
        }
    }

    @Test(
        "A right that is taken away: one line names the command when it goes, one comes when it is back",
        arguments: ["zadd", "sadd", "hdel"])
    func right(_ command: String) async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            try await redis.beKnown()
            let service = try await plain.start(Start.table(1), store: redis.url)
            try await plain.moreStarts(2)
            try await redis.call("ACL", "SETUSER", "default", "-\(command)")
            // Outcomes are taken away with it, which no start needs.
            let goesOn = command == "hdel"
            let said = try await service.expect(
                goesOn ? "the store refused something; jobs go on" : "the store failed; jobs wait until it works", within: .seconds(20))
            #expect(said["reason"]?.contains("(\(command.uppercased()): ") == true, "\(said)")
            // Many fire times, and a renewal.
            try await Task.sleep(for: .seconds(7))
            // Where the note of a start was refused first, the outcome of that run may have been taken before a claim was refused, too.
            func again() -> [LogLine] { service.log("the store works again").filter { $0["time"] ?? "" > said["time"] ?? "" } }
            #expect(again().isEmpty, "after \(said)")
            try await redis.call("ACL", "SETUSER", "default", "+\(command)")
            try await eventually("the store works again", within: .seconds(20)) { !again().isEmpty }
            try await plain.moreStarts(2)
            #expect(try await service.stop() == 0)
            let errors = service.log.filter { $0["level"] == "error" }
            // Where outcomes are refused first, jobs go on until a claim is.
            #expect(errors.count <= 2 && Set(errors.map(\.message)).count == errors.count, "\(errors)")
            #expect(Start.doubled(try Start.all(plain)) == [])
            #expect(LedgerRow.gaps(try await LedgerRow.all(redis, job: "job-0")) == [])
        }
    }

    @Test("Replicas in different zones: one warning names them")
    func zones() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            plain.folder.write("crontab", "0 9 * * * true\n")
            let said = "replicas go by different zones: a time of day starts its jobs once in each"
            let one = try await plain.start(nil, ["--socket", "\(plain.folder.path)/one", "--tz", "UTC"], store: redis.url)
            let two = try await plain.start(nil, ["--socket", "\(plain.folder.path)/two", "--tz", "Etc/UTC"], store: redis.url)
            let three = try await plain.start(nil, ["--socket", "\(plain.folder.path)/three", "--tz", "Asia/Tokyo"], store: redis.url)
            for service in [one, two, three] {
                let line = try await service.expect(said, within: .seconds(30))
                #expect(line["zones"]?.contains("Asia/Tokyo") == true, "\(line)")
            }
            for service in [one, two, three] { #expect(try await service.stop() == 0) }
            for service in [one, two, three] { #expect(service.log(said).count == 1) }
        }
    }

    @Test("A server that is new is given ten seconds, and that is said; a service that was alone and comes back does not wait")
    func alone() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            let first = try await plain.start(Start.table(1), store: redis.url)
            try await first.expect(Self.quarantine)
            try await plain.moreStarts(2)
            #expect(try await first.stop() == 0)
            // As if all of it were 35 s ago.
            let back = "for _, f in ipairs({'clock', 'quar', 'hard'}) do redis.call('HINCRBY', KEYS[1], f, -35000) end return 1"
            try await redis.call("EVAL", back, "1", "{cron:default}:meta")
            let second = try await plain.start(store: redis.url)
            try await plain.moreStarts(1, within: .seconds(8))
            #expect(second.log(Self.quarantine).isEmpty)
            #expect(try await second.stop() == 0)
        }
    }

    @Test("What an earlier version left on the server goes on; its replicas, which the store refuses now, are named once")
    func earlierVersion() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            try await redis.beKnown()
            // A replica of the first version spoke a moment ago.
            let left = """
                local t = redis.call('TIME')
                local ms = string.format('%.0f', t[1] * 1000)
                redis.call('HSET', KEYS[1]..'meta', 'last', ms, 'fence', '1700000000000000')
                redis.call('ZADD', KEYS[1]..'nodes', ms, 'web-0:00ff:1')
                redis.call('HSET', KEYS[1]..'mark', 'gone', '1700000000')
                """
            try await redis.call("EVAL", left, "1", "{cron:default}:")
            let service = try await plain.start(Start.table(1), store: redis.url)
            let said = "replicas of an older version are refused by the store since this version uses it"
            let line = try await service.expect(said, within: .seconds(20))
            #expect(line["nodes"] == "web-0:00ff:1", "\(line)")
            try await plain.moreStarts(7)
            #expect(service.log(said).count == 1)
            #expect(try await redis.call("HGET", "{cron:default}:mark", "gone") == "1700000000")
            #expect(try await redis.call("HGET", "{cron:default}:meta", "last") == "nan")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("The store of a later version ends the start, by name, and is not changed") func laterVersion() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            try await redis.call("HSET", "{cron:default}:meta", "store", "3")
            let service = try await plain.start(Start.table(1), store: redis.url, waits: false)
            #expect(try await service.end(within: .seconds(30)) == 69)
            #expect(service.errors.contains("a newer version of crond keeps its store there"), "\(service.errors)")
            #expect(try await redis.call("HKEYS", "{cron:default}:meta") == "store")
        }
    }
}
