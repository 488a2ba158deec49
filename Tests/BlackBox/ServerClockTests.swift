internal import Glibc
internal import Testing

@Suite("A Redis whose clock is not the machine's", .alone, .timeLimit(.minutes(3)))
struct ServerClockTests {
    private static let differs = "this machine's clock and the store's differ: jobs go by the store's"

    /// Fire times by the server's clock, each once: started, or counted by a start that catches up on a busy machine.
    private func expectUnbroken(_ starts: [Start], _ comment: String) {
        let counted = starts.flatMap { ($0.second - $0.missed)...$0.second }.sorted()
        guard let first = counted.first, let last = counted.last else {
            Issue.record("\(comment): nothing was started")
            return
        }
        #expect(counted == Array(first...last), "\(comment): a fire time is lost or doubled")
    }

    @Test("No fire time is lost or doubled, the difference is said once, and `status` shows it", arguments: [-3600, -5, 70])
    func difference(_ difference: Int) async throws {
        try await Plain.use { plain in
            guard let clock = try await SteppingClock(in: plain, ahead: difference) else { try Privileges.skip("there is no cc") }
            let redis = try await Redis(in: plain, clock: clock)
            try await redis.beKnown()
            let replicas = try await Replicas(plain, stores: [redis.url, redis.url], table: Start.table(1))
            try await plain.moreStarts(6)
            func verb(_ words: String...) async throws -> String {
                try await Program.run([Program.crond] + words + ["--socket", "\(plain.folder.path)/socket-0"]).out
            }
            let status = try await verb("status"), why = try await verb("why", "job-0"), once = try await verb("at", "+50s", "-c", "true")
            let runs = try await verb("runs", "job-0", "--since=1m")
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
                #expect(abs(number - abs(difference) * 1000) < 1000, "\(said)")
                #expect(replica.log("fire times missed").isEmpty)
            }
            #expect(status.contains(difference > 0 ? "ahead of this machine's" : "behind this machine's"), "\(status)")
            // Relative words count from the clock that jobs go by. While a start is claimed no time is the next.
            for (answer, mark) in [(status, "next"), (why, "Next"), (once, "at:")] {
                let line = answer.split(separator: "\n").first { $0.contains(mark) } ?? ""
                #expect(line.contains("(in ") || line.contains("(now)") || line.contains("(1s ago)") || line.hasSuffix(" -"), "\(answer)")
            }
            #expect(runs.contains("job-0@"), "\(runs)")
        }
    }

    @Test("It steps forward while the service runs: what lies between is missed or caught up with, each fire time once")
    func forward() async throws {
        try await Plain.use { plain in
            guard let clock = try await SteppingClock(in: plain, ahead: 0) else { try Privileges.skip("there is no cc") }
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
            guard let clock = try await SteppingClock(in: plain, ahead: 0) else { try Privileges.skip("there is no cc") }
            let redis = try await Redis(in: plain, clock: clock)
            try await redis.beKnown()
            let service = try await plain.start(Start.table(1), store: redis.url)
            try await plain.moreStarts(3)
            clock.set(ahead: -12)
            let said = try await service.expect("the store's clock was set back: jobs wait until it has caught up", within: .seconds(20))
            let length = said["after_ms"].flatMap { Int($0) } ?? 0
            #expect(said["resumes"] != nil && (10_000...14_000).contains(length), "\(said)")
            try await plain.moreStarts(4)
            #expect(try await service.stop() == 0)
            #expect(service.log("the store's clock was set back: jobs wait until it has caught up").count == 1)
            expectUnbroken(try Start.all(plain), "12 s back")
        }
    }

    @Test("It steps back by a day: the marks are set back and jobs go on")
    func farBack() async throws {
        try await Plain.use { plain in
            guard let clock = try await SteppingClock(in: plain, ahead: 0) else { try Privileges.skip("there is no cc") }
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
