internal import Testing

@Suite("Tables of several services under one name", .serialized, .inPlace, .timeLimit(.minutes(4)))
struct FollowTests {
    private static func table(_ names: String...) -> String {
        "# é \\%\n" + names.map { "# crond: name=\($0)\n59 23 31 12 *\troot  true\n" }.joined()
    }

    private func newest(_ redis: Redis) async throws -> String { try await redis.call("HGET", "{cron:default}:meta", "revision") }

    @Test("An edit of one is followed by the other byte for byte, in both directions and then no more; who does not follow keeps its own")
    func follows() async throws {
        try await Container.use { a in
            try await Container.use { b in
                try await Container.use { c in
                    let redis = try await Redis(in: a), environment = ["CROND_STORE": redis.url]
                    var services: [Daemon] = []
                    for (container, arguments) in [(a, ["--follow"]), (b, ["--follow"]), (c, [])] {
                        try await container.freshRoot(Self.table("one"))
                        services.append(try await container.start(arguments, environment: environment))
                    }
                    a.folder.write("etc/crontab", Self.table("one", "two"))
                    try await services[1].expect("follows a newer revision", ["revision": "2"])
                    try await services[1].expect("table loaded", ["revision": "2", "added": "1"])
                    #expect(b.folder.bytes("etc/crontab") == a.folder.bytes("etc/crontab"))
                    b.folder.write("etc/crontab", Self.table("three"))
                    try await services[0].expect("table loaded", ["revision": "3", "removed": "2"])
                    #expect(a.folder.read("etc/crontab") == Self.table("three"))
                    // Longer than a look of each at the other.
                    try await Task.sleep(for: .seconds(6))
                    #expect(try await newest(redis) == "3")
                    #expect(
                        services[0].log("follows a newer revision").count == 1 && services[1].log("follows a newer revision").count == 1)
                    #expect(c.folder.read("etc/crontab") == Self.table("one"))
                    #expect(services[2].log("table loaded").isEmpty)
                    for service in services { #expect(try await service.stop() == 0) }
                }
            }
        }
    }

    @Test("A replica that is restarted in place with the table it last had does not take the others back to it; nor does one made anew")
    func restartedInPlace() async throws {
        try await Container.use { a in
            try await Container.use { b in
                let redis = try await Redis(in: a), environment = ["CROND_STORE": redis.url]
                for container in [a, b] { try await container.freshRoot(Self.table("one")) }
                let first = try await a.start(environment: environment)
                let second = try await b.start(environment: environment)
                b.folder.write("etc/crontab", Self.table("one", "two"))
                try await second.expect("table loaded", ["revision": "2"])
                #expect(try await second.stop() == 0)
                a.folder.write("etc/crontab", Self.table("one", "three", "four"))
                try await first.expect("table loaded", ["revision": "3"])
                let inPlace = try await b.start(environment: environment)
                #expect(b.folder.read("etc/crontab") == Self.table("one", "three", "four"))
                #expect(try await inPlace.stop() == 0)
                try await b.freshRoot(Self.table("one"))
                let anew = try await b.start(environment: environment)
                #expect(b.folder.read("etc/crontab") == Self.table("one", "three", "four"))
                #expect(try await anew.stop() == 0)
                try await b.freshRoot(Self.table("one", "five"))
                let deployed = try await b.start(environment: environment)
                #expect(try await newest(redis) == "4", "another content is the deployer's")
                #expect(try await deployed.stop() == 0)
                #expect(try await first.stop() == 0)
            }
        }
    }

    @Test(
        "A crashed pod of the old version that comes back under its name undoes no rollout; a new pod of the old version wins, with the warning"
    )
    func rollout() async throws {
        try await Container.use { old in
            try await Container.use { new in
                let redis = try await Redis(in: old), environment = ["CROND_STORE": redis.url]
                let v1 = Self.table("one", "two"), v2 = Self.table("one")
                try await old.freshRoot(v1)
                var service = try await old.start(["--host", "old"], environment: environment)
                try await new.freshRoot(v2)
                let rolledOut = try await new.start(["--host", "new"], environment: environment)
                #expect(try await newest(redis) == "2")
                service.destroy()
                try await old.freshRoot(v1)
                service = try await old.start(["--host", "old"], environment: environment)
                #expect(old.folder.read("etc/crontab") == v2)
                #expect(try await newest(redis) == "2")
                #expect(try await service.stop() == 0)
                try await old.freshRoot(v1)
                service = try await old.start(["--host", "back"], environment: environment)
                #expect(old.folder.read("etc/crontab") == v1)
                #expect(service.log("ready").last?["revision"] == "3")
                #expect(service.log.contains { $0["level"] == "warning" && $0["bring_back"] == "crond table restore 2" })
                for last in [service, rolledOut] { #expect(try await last.stop() == 0) }
            }
        }
    }

    @Test("A table that has no job in common with what is there is not published by a start, unless it is told to; an edit is")
    func foreign() async throws {
        try await Plain.use { a in
            try await Plain.use { b in
                let redis = try await Redis(in: a)
                let first = try await a.start(
                    "# crond: name=a\n59 23 31 12 * true\n# crond: name=b\n59 23 31 12 * true\n", store: redis.url)
                let other = try await b.start("# crond: name=c\n59 23 31 12 * true\n", store: redis.url, waits: false)
                #expect(try await other.end(within: .seconds(10)) == 75)
                let reason = other.log("cannot start").first?["reason"] ?? ""
                for words in ["revision 1 with 2 jobs", "the 1 job here", "name default", "--name", "--adopt-name", "CROND_ADOPT_NAME"] {
                    #expect(reason.contains(words), "\(reason)")
                }
                #expect(try await newest(redis) == "1")
                let named = try await b.start(nil, ["--name", "mine"], store: redis.url)
                #expect(try await named.stop() == 0)
                let adopted = try await b.start(nil, environment: ["CROND_ADOPT_NAME": "1"], store: redis.url)
                #expect(adopted.log("ready").last?["revision"] == "2")
                let old = try await a.start(nil, ["--socket", "none"], store: redis.url, waits: false)
                #expect(try await old.end(within: .seconds(10)) == 75, "the name is another table's now")
                let twice = try await a.start(nil, ["--socket", "none", "--adopt-name"], store: redis.url)
                #expect(twice.log("ready").last?["revision"] == "3")
                #expect(try await twice.stop() == 0)
                #expect(adopted.isRunning && first.isRunning)
                #expect(try await adopted.stop() == 0)
                a.folder.write("crontab", "# crond: name=d\n59 23 31 12 * true\n")
                try await first.expect("table loaded", ["revision": "4", "removed": "2"])
                #expect(try await first.stop() == 0)
            }
        }
    }
}
