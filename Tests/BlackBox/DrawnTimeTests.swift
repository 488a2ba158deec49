internal import Glibc
internal import Testing

@Suite("Times that are drawn once (`a~b`)", .inPlace, .timeLimit(.minutes(4)))
struct DrawnTimeTests {
    private static let table = "# crond: name=hourly\n0~59 * * * * true\n"

    /// The minute that a service drew at its start.
    private func minute(_ service: Daemon) throws -> String {
        let next = try #require(service.log("job loaded", ["job": "hourly"]).first?["next"])
        return String(next.dropFirst("2026-01-01T00:".count).prefix(2))
    }

    @Test("Replicas draw the same, whatever their hosts are called")
    func replicas() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            var minutes: Set<String> = []
            for host in ["a", "b", "c", "d"] {
                let service = try await plain.start(
                    Self.table, ["--socket", "\(plain.folder.path)/\(host)", "--host", host], store: redis.url)
                minutes.insert(try minute(service))
            }
            #expect(minutes.count == 1)
        }
    }

    @Test("A Redis that was emptied gets the seed back from the services that run: the next one draws the same")
    func emptied() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            let first = try await plain.start(Self.table, store: redis.url)
            try await redis.call("FLUSHALL")
            while try await redis.call("EXISTS", "{cron:default}:seed") == "0" { try await Task.sleep(for: .milliseconds(50)) }
            let second = try await plain.start(nil, ["--socket", "\(plain.folder.path)/second", "--host", "other"], store: redis.url)
            #expect(try minute(second) == minute(first))
        }
    }

    @Test("Containers made anew on one volume draw the same; a seed that is given goes before the store's")
    func volume() async throws {
        try await Plain.use { plain in
            var minutes: Set<String> = []
            for host in ["4f1c09aa2b7e", "b07d5513c9e1", "9a2e77d0f316"] {
                let service = try await plain.start(Self.table, ["--host", host])
                minutes.insert(try minute(service))
                #expect(try await service.stop() == 0)
            }
            #expect(minutes.count == 1)
            var given: Set<String> = []
            for (number, store) in ["memory:", plain.store, plain.store].enumerated() {
                let seed = number < 2 ? ["--seed", "carried-over"] : []
                let service = try await plain.start(nil, seed + ["--host", "h\(number)"], store: store)
                given.insert(try minute(service))
                #expect(try await plain.verb("status").out.contains("carried-over"))
                #expect(try await service.stop() == 0)
            }
            #expect(given.count == 1)
        }
    }

    @Test("A store from before there were seeds keeps what its host drew, also in a container that is made anew for the newer version")
    func upgrade() async throws {
        try await Plain.use { plain in
            let bare = try await plain.start(Self.table, ["--host", "web-0"], store: "memory:")
            let before = try minute(bare)
            #expect(try await bare.stop() == 0)
            let old = try await plain.start(nil, ["--host", "web-0"])
            #expect(try await old.stop() == 0)
            for hosts in [["web-0", "made-anew"], ["made-anew"]] {
                try await Program.shell("sqlite3 \(plain.folder.path)/store/ledger.db \"DELETE FROM meta WHERE key='seed'\"")
                for host in hosts {
                    let service = try await plain.start(nil, ["--host", host])
                    #expect(try minute(service) == before)
                    #expect(try await service.stop() == 0)
                }
            }
        }
    }
}
