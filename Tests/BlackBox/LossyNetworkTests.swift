internal import Testing

@Suite("A network that loses requests and replies", .serialized, .inPlace, .timeLimit(.minutes(4)))
struct LossyNetworkTests {
    @Test("Nothing is doubled, and every fire time has an outcome in the end")
    func lossy() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            let proxies = [try await Proxy(to: redis, "one"), try await Proxy(to: redis, "two")]
            defer { for proxy in proxies { proxy.end() } }
            let replicas = try await Replicas(plain, stores: proxies.map(\.url), table: Start.table(10))
            try await plain.moreStarts(20)
            for proxy in proxies { proxy.lose(oneIn: 12) }
            try await Task.sleep(for: .seconds(20))
            for proxy in proxies {
                proxy.loseNothing()
                #expect(proxy.lost > 3, "it did lose something")
            }
            let lossy = try Start.all(plain)
            #expect(lossy.count > 40, "starts went on meanwhile")
            // What was claimed and never heard of ends with its lease.
            let left = Set(try await LedgerRow.open(redis))
            try await plain.moreStarts(10)
            var open = left
            for _ in 0..<45 where !open.isEmpty {
                try await Task.sleep(for: .seconds(1))
                open.formIntersection(try await LedgerRow.open(redis))
            }
            #expect(open == [], "no claim is left over")
            try await replicas.stop()
            #expect(try await LedgerRow.open(redis) == [])
            let starts = try Start.all(plain)
            #expect(Start.doubled(starts) == [])
            #expect(Start.countedTwice(starts) == [])
            for number in 0..<10 {
                let rows = try await LedgerRow.all(redis, job: "job-\(number)")
                #expect(LedgerRow.gaps(rows) == [], "fire times of job-\(number) without an outcome")
            }
        }
    }
}
