internal import Glibc
internal import Testing

@Suite("Several services over one Redis", .serialized, .first, .timeLimit(.minutes(4)))
struct ReplicaTests {
    private static let table = Start.table(10)

    private func start(_ plain: Plain, _ redis: Redis, _ number: Int) async throws -> Daemon {
        try await plain.start(nil, ["--socket", "\(plain.folder.path)/socket-\(number)"], store: redis.url)
    }

    /// Says where a start is doubled, or a fire time in between is missing: neither started nor counted by a start that catches up.
    private func expectOnce(_ plain: Plain, gapsAllowed: Int = 0) throws {
        let jobs = Dictionary(grouping: try Start.all(plain), by: \.job)
        #expect(jobs.count == 10)
        for (job, starts) in jobs {
            let seconds = starts.map(\.second).sorted()
            #expect(Set(seconds).count == seconds.count, "\(job) was doubled: \(seconds)")
            let counted = Set(starts.flatMap { ($0.second - $0.missed)...$0.second })
            let (first, last) = (counted.min() ?? 0, counted.max() ?? 0)
            #expect(last - first + 1 - counted.count <= gapsAllowed, "\(job) has gaps: \(seconds)")
        }
    }

    @Test("Three of them start each fire time once, and share the work")
    func threeReplicas() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            plain.folder.write("crontab", Self.table)
            var replicas: [Daemon] = []
            for number in 0..<3 { replicas.append(try await start(plain, redis, number)) }
            try await eventually("150 starts", within: .seconds(40)) { plain.folder.lines("out/starts").count >= 150 }
            for replica in replicas { #expect(!replica.log("job started").isEmpty, "each has a part of the work") }
            for replica in replicas { #expect(try await replica.stop() == 0) }
            try expectOnce(plain)
        }
    }

    @Test("One that is killed is replaced by the others within the second, and nothing is doubled")
    func killed() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            plain.folder.write("crontab", Self.table)
            let first = try await start(plain, redis, 0)
            let second = try await start(plain, redis, 1)
            try await eventually("50 starts", within: .seconds(40)) { plain.folder.lines("out/starts").count >= 50 }
            try first.signal(SIGKILL)
            let before = plain.folder.lines("out/starts").count
            try await eventually("50 more starts", within: .seconds(20)) { plain.folder.lines("out/starts").count >= before + 50 }
            #expect(try await second.stop() == 0)
            // What the killed one had claimed and not started stays its own: at most the fire time of that moment.
            try expectOnce(plain, gapsAllowed: 1)
        }
    }

    @Test("After FLUSHALL the replicas tell the server what they remember: nothing is started twice")
    func flushed() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            plain.folder.write("crontab", Self.table)
            let first = try await start(plain, redis, 0)
            let second = try await start(plain, redis, 1)
            try await eventually("40 starts", within: .seconds(40)) { plain.folder.lines("out/starts").count >= 40 }
            try await redis.call("FLUSHALL")
            let before = plain.folder.lines("out/starts").count
            try await eventually("starts go on", within: .seconds(40)) { plain.folder.lines("out/starts").count >= before + 40 }
            #expect(try await first.stop() == 0)
            #expect(try await second.stop() == 0)
            // While the server settles its fire times become one catch-up run for each job.
            try expectOnce(plain, gapsAllowed: 60)
        }
    }

    @Test("One that is told to end hands over: the next fire time of every job is another's, and nobody waits for it")
    func handedOver() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            let replicas = try await Replicas(plain, stores: [redis.url, redis.url], table: Start.table(10))
            try await plain.moreStarts(30)
            let first = Set(replicas[0].log("job started").compactMap { $0["job"] })
            #expect(!first.isEmpty, "the first has jobs to hand over")
            try await middleOfASecond()
            #expect(try await replicas[0].stop() == 0)
            try await plain.moreStarts(20)
            #expect(try await replicas[1].stop() == 0)
            let starts = try Start.all(plain)
            #expect(Start.doubled(starts) == [])
            let heirs = Set(replicas[1].log("job started").compactMap { $0["run"] })
            for job in first {
                let last =
                    replicas[0].log("job started", ["job": job]).compactMap { $0["run"]?.split(separator: "@").last }.compactMap { Int($0) }
                    .max() ?? 0
                let next = try #require(starts.filter { $0.job == job && $0.second > last }.min { $0.second < $1.second })
                #expect(heirs.contains(next.run) && next.second - next.missed == last + 1, "\(job) after \(last): \(next)")
                // On a busy machine it may be late by a second or two; a lease lasts longer.
                #expect(next.missed < 3, "\(job) after \(last): \(next)")
            }
        }
    }
}
