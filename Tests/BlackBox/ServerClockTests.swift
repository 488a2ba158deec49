internal import Glibc
internal import Testing

@Suite("A Redis whose clock is not the machine's", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct ServerClockTests {
    private static let differs = "this machine's clock and the store's differ: jobs go by the store's"

    /// Fire times by the server's clock, in order, with none between them missing.
    private func expectUnbroken(_ starts: [Start], _ comment: String) {
        let starts = starts.sorted { $0.second < $1.second }
        #expect(Start.doubled(starts) == [], "\(comment)")
        guard let first = starts.first, let last = starts.last else { return }
        #expect(starts.map(\.second) == Array(first.second...last.second), "\(comment): a fire time is lost")
        #expect(starts.allSatisfy { $0.missed == 0 }, "\(comment)")
    }

    @Test("No fire time is lost or doubled, the difference is said once, and `status` shows it", arguments: [-3600, -70, -5, 5, 70, 3600])
    func difference(_ difference: Int) async throws {
        try await Plain.use { plain in
            guard let clock = try await SteppingClock(in: plain, ahead: difference) else { return print("skipped: there is no cc") }
            let redis = try await Redis(in: plain, clock: clock)
            try await redis.beKnown()
            let replicas = try await Replicas(plain, stores: [redis.url, redis.url], table: Start.table(1))
            try await plain.moreStarts(12)
            let status = try await Program.run([Program.crond, "status", "--socket", "\(plain.folder.path)/socket-0"])
            try await replicas.stop()
            expectUnbroken(try Start.all(plain), "\(difference) s")
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            let last = try #require(try Start.all(plain).map(\.second).max())
            #expect(abs(last - now.tv_sec - difference) < 20, "fire times are the store's")
            for replica in replicas.all {
                let said = replica.log(Self.differs)
                #expect(said.count == 1, "\(said)")
                let number = said.first?[difference > 0 ? "store_ahead_ms" : "store_behind_ms"].flatMap { Int($0) } ?? 0
                #expect(abs(number - abs(difference) * 1000) < 200, "\(said)")
                #expect(replica.log("fire times missed").isEmpty)
            }
            #expect(status.out.contains(difference > 0 ? "ahead of this machine's" : "behind this machine's"), "\(status.out)")
        }
    }

    @Test("It steps forward while the service runs: what lies between is missed or caught up with, each fire time once")
    func forward() async throws {
        try await Plain.use { plain in
            guard let clock = try await SteppingClock(in: plain, ahead: 0) else { return print("skipped: there is no cc") }
            let redis = try await Redis(in: plain, clock: clock)
            try await redis.beKnown()
            let service = try await plain.start(Start.table(1), store: redis.url)
            try await plain.moreStarts(3)
            clock.set(ahead: 200)
            try await service.expect("the store's clock was set", within: .seconds(20))
            try await plain.moreStarts(4)
            #expect(try await service.stop() == 0)
            let starts = try Start.all(plain)
            #expect(Start.doubled(starts) == [] && Start.countedTwice(starts) == [])
            #expect(service.log("fire times missed").count == 1)
            #expect(LedgerRow.gaps(try await LedgerRow.all(redis, job: "job-0")) == [], "every fire time has its outcome")
        }
    }

    @Test("It steps back while the service runs: jobs wait until it has caught up, said once with the time; none is doubled or lost")
    func back() async throws {
        try await Plain.use { plain in
            guard let clock = try await SteppingClock(in: plain, ahead: 0) else { return print("skipped: there is no cc") }
            let redis = try await Redis(in: plain, clock: clock)
            try await redis.beKnown()
            let service = try await plain.start(Start.table(1), store: redis.url)
            try await plain.moreStarts(3)
            clock.set(ahead: -12)
            let said = try await service.expect("the store's clock was set back: jobs wait until it has caught up", within: .seconds(20))
            #expect(said["resumes"] != nil)
            try await plain.moreStarts(4)
            #expect(try await service.stop() == 0)
            #expect(service.log("the store's clock was set back: jobs wait until it has caught up").count == 1)
            expectUnbroken(try Start.all(plain), "12 s back")
        }
    }

    @Test("It steps back by a day: the marks are set back and jobs go on")
    func farBack() async throws {
        try await Plain.use { plain in
            guard let clock = try await SteppingClock(in: plain, ahead: 0) else { return print("skipped: there is no cc") }
            let redis = try await Redis(in: plain, clock: clock)
            try await redis.beKnown()
            let service = try await plain.start(Start.table(1), store: redis.url)
            try await plain.moreStarts(3)
            clock.set(ahead: -86_400)
            try await service.expect("watermarks lay in the future and were set back", within: .seconds(20))
            try await plain.moreStarts(4)
            #expect(try await service.stop() == 0)
            #expect(Start.doubled(try Start.all(plain)) == [])
        }
    }
}
