internal import Glibc
internal import Testing

/// Heavy, and so one after the other.
@Suite("Three replicas with 40 jobs of every second", .serialized, .first, .timeLimit(.minutes(75)))
struct BusyReplicaTests {
    private static let jobs = 40

    /// A minute; `make soak` makes it ten.
    private static var length: Duration {
        .seconds(getenv("CROND_SOAK_SECONDS").flatMap { Int(String(cString: $0)) } ?? 60)
    }

    @Test("Nothing is doubled, and every fire time has an outcome")
    func busy() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            let replicas = try await Replicas(plain, stores: Array(repeating: redis.url, count: 3), table: Start.table(Self.jobs))
            try await plain.moreStarts(Self.jobs)
            try await Task.sleep(for: Self.length)
            for replica in replicas.all { #expect(!replica.log("job started").isEmpty, "each has a part of the work") }
            try await replicas.stop()
            let starts = try Start.all(plain)
            #expect(Start.doubled(starts) == [])
            #expect(Start.countedTwice(starts) == [])
            #expect(try await LedgerRow.open(redis) == [])
            for number in 0..<Self.jobs {
                let job = "job-\(number)", rows = try await LedgerRow.all(redis, job: job)
                #expect(LedgerRow.gaps(rows) == [], "fire times of \(job) without an outcome")
                let succeeded = rows.filter { $0.outcome == "succeeded" }.map(\.last)
                // A long test has starts that are older than what is kept.
                let started = starts.filter { $0.job == job && $0.second >= rows.first?.last ?? 0 }.map(\.second)
                #expect(succeeded == started.sorted(), "what started is what succeeded")
            }
        }
    }

    /// Half a second later everybody has asked for a fire time, and so whoever is left knows of the claims of the one who dies.
    @Test(
        "The Redis dies and comes back without its last seconds, and one replica dies meanwhile: nothing is doubled", arguments: [1.5, 3])
    func tailLost(_ seconds: Double) async throws {
        try await loseTail(seconds, []) { $0.url }
    }

    @Test("So it is with a Redis that forbids INFO and CONFIG, which one warning says")
    func hiddenTailLost() async throws {
        let user = ["--user", "cr", "on", ">pw", "~*", "&*", "+@all", "-info", "-config"]
        try await loseTail(1.5, user) {
            "unix://cr:pw@\($0.socket)"
        } look: { replica in
            let warnings = replica.log("the store's server may lose what it confirmed")
            #expect(warnings.count == 1 && warnings.allSatisfy { $0["reason"]?.contains("+info") ?? false })
        }
    }

    private func loseTail(
        _ seconds: Double, _ arguments: [String], store: (Redis) -> String, look: (Daemon) -> Void = { _ in }
    ) async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain, arguments)
            let replicas = try await Replicas(plain, stores: Array(repeating: store(redis), count: 3), table: Start.table(Self.jobs))
            try await plain.moreStarts(6 * Self.jobs)
            try await middleOfASecond()
            let size = redis.size
            try await Task.sleep(for: .seconds(seconds))
            try await middleOfASecond()
            try await redis.crash()
            try redis.cut(to: size)
            for number in 0..<2 { try await replicas[number].expect("the store failed; jobs wait until it works") }
            try replicas[2].signal(SIGKILL)
            let known = try Start.all(plain)
            try await redis.start()
            try await plain.moreStarts(4 * Self.jobs)
            let before = Set(known.map(\.run))
            for number in 0..<2 {
                try await replicas[number].expect("the store works again")
                try await eventually("a start of replica \(number)") {
                    replicas[number].log("job started").contains { $0["run"].map { !before.contains($0) } ?? false }
                }
            }
            try await replicas.stop()
            let starts = try Start.all(plain)
            #expect(Start.doubled(starts) == [])
            #expect(Start.countedTwice(starts) == [])
            #expect(Set(starts.map(\.job)).count == Self.jobs)
            replicas.all.forEach(look)
        }
    }
}
