internal import Testing

@Suite("With its store on a Redis", .serialized, .inPlace, .timeLimit(.minutes(4)))
struct RedisStoreTests {
    private static let table = "# kept: é \\% 1\nMAILTO=\"\"\n\n# crond: name=hello\n59 23 31 12 *\troot  echo  hello   # and this"

    @Test("A container with an empty /etc gets its edited table back, byte for byte")
    func restored() async throws {
        try await Container.use { container in
            let redis = try await Redis(in: container)
            try await container.freshRoot(nil)
            let first = try await container.start(environment: ["CROND_STORE": redis.url])
            let ready = try #require(first.log("ready").first)
            #expect(ready["store"] == "\(redis.url)?db=0")
            #expect(ready["durability"] == "engine")
            container.folder.write("etc/crontab", Self.table)
            try await first.expect("table loaded", ["added": "1"])
            first.destroy()
            try await container.freshRoot(nil)
            let second = try await container.start(environment: ["CROND_STORE": redis.url])
            #expect(container.folder.read("etc/crontab") == Self.table)
            #expect(second.log("ready").first?["jobs"] == "1")
            #expect(try await second.stop() == 0)
        }
    }

    @Test("Lines run with it, and what the server is not set up to keep is said once, without its password")
    func runs() async throws {
        try await Container.use { container in
            let redis = try await Redis(in: container, ["--maxmemory-policy", "allkeys-lru", "--requirepass", "s3cret"])
            try await container.freshRoot(Plain.seconds + "# crond: name=tick\n* * * * * ? root echo $CRON_RUN_ID\n")
            container.folder.write("run/store", redis.url.replacing("unix://", with: "unix://:s3cret@") + "\n")
            let service = try await container.start(environment: ["CROND_STORE_FILE": "/run/store"])
            // A server that nobody knows yet decides nothing for 10 s.
            let finished = try await service.expect("job finished", ["job": "tick"], within: .seconds(20))
            #expect(finished["outcome"] == "succeeded")
            let warnings = service.log("the store's server may lose what it confirmed")
            #expect(warnings.count == 1 && warnings.first?["reason"]?.contains("allkeys-lru") == true, "\(warnings)")
            #expect(try await service.stop() == 0)
            #expect(!service.errors.contains("s3cret"))
        }
    }

    @Test("The legacy service's cache becomes revision 1; a file with entries wins over it as revision 2, and says how to bring it back")
    func legacy() async throws {
        try await Container.use { container in
            let redis = try await Redis(in: container)
            let rows = #"[["0", "5", "*", "*", "7", "root", "date +%Y"], ["*/5", "*", "*", "*", "*", "root", "true"]]"#
            try await redis.call("SET", "crond-service-cronjob-cache", last: rows)
            try await redis.call("HSET", "crond_service_schedule.jobs", "x", "pickled")
            try await container.freshRoot("0 6 * * * root echo mine\n")
            let service = try await container.start(environment: ["CROND_STORE": redis.url])
            #expect(service.log("ready").first?["revision"] == "2")
            let warnings = service.log.filter { $0["level"] == "warning" && $0["bring_back"] != nil }
            #expect(warnings.count == 1)
            #expect(warnings.first?["bring_back"] == "crond table restore 1")
            #expect(service.log.filter { $0["keys"]?.contains("crond_service_schedule.jobs") == true }.count == 1)
            #expect(try await redis.call("GET", "crond-service-cronjob-cache") == #"[["0", "6", "*", "*", "*", "root", "echo mine"]]"#)
            let restored = try await container.verb("table", "restore", "1")
            #expect(restored.code == 0, "\(restored.errors)")
            #expect(container.folder.read("etc/crontab") == "0 5 * * 7 root date +\\%Y\n*/5 * * * * root true\n")
            let cache = try await redis.call("GET", "crond-service-cronjob-cache")
            #expect(cache == rows.replacing("\"7\"", with: "\"0\""), "weekday 7 is printed as 0")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A file without entries yields to the legacy service's cache")
    func legacyIntoNothing() async throws {
        try await Container.use { container in
            let redis = try await Redis(in: container)
            try await redis.call("SET", "crond-service-cronjob-cache", last: #"[["1", "2", "3", "4", "*", "root", "true"]]"#)
            try await container.freshRoot("# nothing here\n")
            let service = try await container.start(environment: ["CROND_STORE": redis.url])
            #expect(container.folder.read("etc/crontab") == "1 2 3 4 * root true\n")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("The legacy service's keys are not touched by a service of another name, nor needed to be what they should")
    func foreignKeys() async throws {
        try await Container.use { container in
            let redis = try await Redis(in: container)
            try await redis.call("LPUSH", "crond-service-cronjob-cache", "a list")
            try await container.freshRoot("0 6 * * * root echo mine\n")
            let other = try await container.start(["--name", "other"], environment: ["CROND_STORE": redis.url])
            #expect(try await other.stop() == 0)
            #expect(try await redis.call("TYPE", "crond-service-cronjob-cache") == "list")
            let service = try await container.start(environment: ["CROND_STORE": redis.url])
            #expect(service.log("the legacy service's cache is not used").count == 1)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A Redis that cannot be used ends it at once with 69 and a clear sentence", arguments: Misuse.allCases)
    func misuse(_ misuse: Misuse) async throws {
        try await Plain.use { plain in
            let port = try Rabbit.freePort()
            let redis = try await Redis(in: plain, ["--requirepass", "right", "--port", "\(port)"])
            let url = misuse.url(redis.url, port: port)
            let service = try await plain.start("* * * * * true\n", store: url, waits: false)
            #expect(try await service.end(within: .seconds(10)) == 69)
            let reason = service.log("cannot start").first?["reason"] ?? ""
            #expect(reason.contains(misuse.words), "\(reason)")
            #expect(!service.errors.contains("s3cret") && !service.errors.contains("right"))
        }
    }

    enum Misuse: String, CaseIterable {
        case wrongPassword, noPassword, wrongDatabase, noTLS

        func url(_ url: String, port: Int) -> String {
            switch self {
            case .wrongPassword: url.replacing("unix://", with: "unix://:s3cret@")
            case .noPassword: url
            case .wrongDatabase: url.replacing("unix://", with: "unix://:right@") + "?db=99"
            case .noTLS: "rediss://:right@127.0.0.1:\(port)"
            }
        }

        var words: String {
            switch self {
            case .wrongPassword: "user or password is wrong"
            case .noPassword: "it wants a password"
            case .wrongDatabase: "it has no such database"
            case .noTLS: "it does not speak TLS"
            }
        }
    }

    @Test("A server that is not there yet is waited for")
    func late() async throws {
        try await Plain.use { plain in
            let url = "unix://\(plain.folder.path)/redis/redis.sock"
            let service = try await plain.start("59 23 31 12 * true\n", store: url, waits: false)
            try await service.expect("the store cannot be used yet; waiting for it")
            _ = try await Redis(in: plain)
            try await service.expectReady()
            #expect(service.log("the store cannot be used yet; waiting for it").count == 1)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A server that does not come is given up after 30 s with 69, the reason and the remedy")
    func never() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("* * * * * true\n", store: "redis://127.0.0.1:1", waits: false)
            #expect(try await service.end(within: .seconds(45)) == 69)
            let reason = service.log("cannot start").first?["reason"] ?? ""
            #expect(reason.contains("Connection refused") && reason.contains("host and port of the URL"), "\(reason)")
        }
    }

    @Test("A URL that is none ends it with 78, and shows no password")
    func badURL() async throws {
        let result = try await Program.verb("run", "/dev/null", "--store", "redis://:s3cret@h/x")
        #expect(result.code == 78)
        #expect(result.errors.contains("database number") && !result.errors.contains("s3cret"), "\(result.errors)")
    }

    @Test("With no service running, the table verbs read and write the revisions in it")
    func verbs() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            let service = try await plain.start("59 23 31 12 * echo one\n", store: redis.url)
            plain.folder.write("crontab", "59 23 31 12 * echo two\n")
            try await service.expect("table loaded", ["revision": "2"])
            #expect(try await service.stop() == 0)
            func verb(_ words: String...) async throws -> Program.Result {
                try await Program.run([Program.crond, "table"] + words + ["--socket", plain.socket, "--store", redis.url])
            }
            let log = try await verb("log")
            #expect(log.lines.map { $0.prefix(1) } == ["2", "1"], "\(log)")
            #expect(try await verb("show", "1").out == "59 23 31 12 * echo one\n")
            #expect(try await verb("restore", "1", plain.table).code == 0)
            #expect(plain.folder.read("crontab") == "59 23 31 12 * echo one\n")
            #expect(try await verb("show", "9").code == 66)
        }
    }
}
