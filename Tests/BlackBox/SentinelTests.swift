internal import Glibc
internal import Testing

@Suite("With sentinels", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct SentinelTests {
    @Test("The master dies: the service finds the new one and goes on, and nothing is doubled")
    func failover() async throws {
        try await Plain.use { plain in
            let ports = try (0..<3).map { _ in try Rabbit.freePort() }
            let master = try await Redis(in: plain, ["--port", "\(ports[0])"], name: "master")
            let replica = try await Redis(
                in: plain, ["--port", "\(ports[1])", "--replicaof", "127.0.0.1 \(ports[0])"], name: "replica")
            try await eventually("the replica follows") { plain.folder.read("out-2").contains("Finished with success") }
            plain.folder.write(
                "sentinel.conf",
                """
                port \(ports[2])
                dir \(plain.folder.path)
                sentinel monitor fleet 127.0.0.1 \(ports[0]) 1
                sentinel down-after-milliseconds fleet 1000
                sentinel failover-timeout fleet 5000

                """)
            let sentinel = try plain.launch(
                ["redis-server", "\(plain.folder.path)/sentinel.conf", "--sentinel"], environment: [:], isContained: false)
            try await eventually("the sentinel knows the replica") { sentinel.out.contains("+slave") }
            let url = "redis+sentinel://127.0.0.1:\(ports[2])/fleet"
            let services = try await Replicas(plain, stores: [url, url], table: Start.table(10))
            #expect(services[0].log("ready").first?["store"] == "\(url)/0")
            try await plain.moreStarts(30)
            try await master.crash()
            let before = try Start.all(plain)
            try await plain.moreStarts(30)
            for service in services.all { try await service.expect("the store works again") }
            #expect(sentinel.out.contains("+switch-master"))
            #expect(try await replica.call("HLEN", "{cron:default}:mark") == "10", "the new master has the marks")
            try await services.stop()
            let starts = try Start.all(plain)
            #expect(starts.count > before.count)
            #expect(Start.doubled(starts) == [])
            #expect(Start.countedTwice(starts) == [])
        }
    }
}
