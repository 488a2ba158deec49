internal import Testing

@Suite("A table with a key", .serialized, .inPlace, .timeLimit(.minutes(4)))
struct SignedTableTests {
    private static let key = "a key that nobody guesses"
    private static let good = "# crond: name=good\n59 23 31 12 * root true\n"
    private static let evil = "# crond: name=good\n59 23 31 12 * root rm -rf everything\n"

    private func environment(_ redis: Redis) -> [String: String] { ["CROND_STORE": redis.url, "CROND_TABLE_KEY": Self.key] }

    /// What somebody with the server's password and without the key puts there.
    private func plant(_ redis: Redis) async throws {
        try await Container.use { attacker in
            try await attacker.freshRoot(Self.evil)
            let service = try await attacker.start(environment: ["CROND_STORE": redis.url])
            #expect(try await service.stop() == 0)
        }
    }

    @Test("An unsigned revision is refused by name, running and at a start; so is one with the signature of another")
    func planted() async throws {
        try await Container.use { container in
            let redis = try await Redis(in: container)
            try await container.freshRoot(Self.good)
            let first = try await container.start(environment: environment(redis))
            try await plant(redis)
            #expect(try await redis.call("HGET", "{cron:default}:meta", "revision") == "2")
            let refusal = try await first.expect("revisions of the table are refused", ["revisions": "2", "level": "error"])
            #expect(refusal["reason"]?.contains("not signed") == true && refusal["remedy"]?.contains("crond table restore 2") == true)
            #expect(container.folder.read("etc/crontab") == Self.good)
            #expect(first.log("table loaded").isEmpty)
            #expect(try await container.verb("table", "log").lines.map { $0.split(separator: " ").last } == ["unsigned", "signed"])
            #expect(try await first.stop() == 0)
            let signature = try await redis.call("HGET", "{cron:default}:sig", "1")
            #expect(signature.utf8.count == 64)
            try await redis.call("HSET", "{cron:default}:sig", "2", signature)
            try await container.freshRoot(Self.good)
            let second = try await container.start(environment: environment(redis))
            #expect(second.log("revisions of the table are refused", ["revisions": "2"]).first?["reason"]?.contains("signature") == true)
            #expect(second.log("ready").first?["revision"] == "1")
            #expect(container.folder.read("etc/crontab") == Self.good)
            #expect(try await second.stop() == 0)
        }
    }

    @Test("Bytes changed in the store are refused, and the older revision is used")
    func tampered() async throws {
        try await Container.use { container in
            let redis = try await Redis(in: container)
            try await container.freshRoot(Self.good)
            let first = try await container.start(environment: environment(redis))
            container.folder.write("etc/crontab", Self.good + "# crond: name=other\n59 23 31 12 * root true\n")
            try await first.expect("table loaded", ["revision": "2"])
            #expect(try await first.stop() == 0)
            let name = try await redis.call("LINDEX", "{cron:default}:rev:2", "1")
            try await redis.call("HSET", "{cron:default}:blob", name, last: Self.evil)
            try await container.freshRoot(Self.good)
            let second = try await container.start(environment: environment(redis))
            #expect(second.log("revisions of the table are refused", ["revisions": "2"]).count == 1)
            #expect(container.folder.read("etc/crontab") == Self.good)
            #expect(try await second.stop() == 0)
        }
    }

    @Test("Revisions from before the key are taken over by a restore through the service")
    func adoption() async throws {
        try await Container.use { container in
            let redis = try await Redis(in: container)
            try await container.freshRoot(Self.good)
            let unkeyed = try await container.start(environment: ["CROND_STORE": redis.url])
            #expect(try await unkeyed.stop() == 0)
            try await container.freshRoot(nil)
            let keyed = try await container.start(environment: environment(redis))
            #expect(keyed.log("revisions of the table are refused", ["revisions": "1"]).count == 1)
            #expect(keyed.log("ready").first?["jobs"] == "0")
            #expect(try await container.verb("table", "restore", "1").code == 0)
            #expect(container.folder.read("etc/crontab") == Self.good)
            #expect(try await keyed.stop() == 0)
            try await container.freshRoot(nil)
            let again = try await container.start(environment: environment(redis))
            #expect(again.log("ready").first?["jobs"] == "1")
            #expect(try await again.stop() == 0)
        }
    }

    @Test("A key is changed by signing the newest revision with the new one; nobody's table changes by it")
    func changedKey() async throws {
        try await Container.use { old in
            try await Container.use { new in
                let redis = try await Redis(in: old),
                    renewed = ["CROND_STORE": redis.url, "CROND_TABLE_KEY": "another key that nobody guesses"]
                let edited = Self.good + "# crond: name=other\n59 23 31 12 * root true\n"
                try await old.freshRoot(Self.good)
                let first = try await old.start(environment: environment(redis))
                old.folder.write("etc/crontab", edited)
                try await first.expect("table loaded", ["revision": "2"])
                try await new.freshRoot(Self.good)
                let signed = try await new.verb("table", "restore", "2", environment: renewed)
                #expect(signed.code == 0, "\(signed)")
                #expect(new.folder.read("etc/crontab") == edited)
                // A container made anew, of the old image.
                try await new.freshRoot(Self.good)
                let second = try await new.start(environment: renewed)
                #expect(new.folder.read("etc/crontab") == edited)
                #expect(second.log("ready").first?["revision"] == "3")
                try await first.expect("revisions of the table are refused", ["revisions": "3"])
                #expect(old.folder.read("etc/crontab") == edited)
                #expect(try await first.stop() == 0)
                let again = try await old.start(environment: renewed)
                #expect(again.log("ready").first?["revision"] == "3")
                for service in [second, again] { #expect(try await service.stop() == 0) }
            }
        }
    }

    @Test("Of three replicas one has a wrong key: the two others are not disturbed, and each side says what it refuses")
    func wrongKey() async throws {
        try await Container.use { a in
            try await Container.use { b in
                try await Container.use { c in
                    let redis = try await Redis(in: a)
                    let wrong = ["CROND_STORE": redis.url, "CROND_TABLE_KEY": "a key that is not the others'"]
                    var services: [Daemon] = []
                    for container in [a, b] {
                        try await container.freshRoot(Self.good)
                        services.append(try await container.start(environment: environment(redis)))
                    }
                    try await c.freshRoot(Self.evil)
                    services.append(try await c.start(environment: wrong))
                    #expect(services[2].log("revisions of the table are refused", ["revisions": "1"]).count == 1)
                    for service in services.prefix(2) { try await service.expect("revisions of the table are refused", ["revisions": "2"]) }
                    a.folder.write("etc/crontab", Self.good + "# crond: name=more\n59 23 31 12 * root true\n")
                    try await services[1].expect("follows a newer revision", ["revision": "3"])
                    try await services[2].expect("revisions of the table are refused", ["revisions": "3"])
                    #expect(a.folder.read("etc/crontab") == b.folder.read("etc/crontab"))
                    #expect(c.folder.read("etc/crontab") == Self.evil)
                    try await Task.sleep(for: .seconds(6))
                    #expect(try await redis.call("HGET", "{cron:default}:meta", "revision") == "3", "they do not answer each other")
                    for service in services { #expect(try await service.stop() == 0) }
                }
            }
        }
    }

    @Test("A key in a file that others can read is warned of; an empty or missing one ends it with 78")
    func keyFiles() async throws {
        try await Plain.use { plain in
            plain.folder.write("key", Self.key + "\n")
            let path = "\(plain.folder.path)/key"
            for (mode, warnings) in [("644", 1), ("600", 0)] {
                try await Program.shell("chmod \(mode) \(path)")
                let service = try await plain.start("", ["--table-key-file", path])
                #expect(service.log("the table's key can be read by others").count == warnings, "\(mode)")
                #expect(try await service.stop() == 0)
            }
            plain.folder.write("key", "\n")
            let empty = try await plain.start("", ["--table-key-file", path], waits: false)
            #expect(try await empty.end() == 78)
            #expect(empty.errors.contains(path))
        }
    }

    @Test("The legacy service's cache is not imported, and that is said once")
    func legacy() async throws {
        try await Container.use { container in
            let redis = try await Redis(in: container)
            try await redis.call("SET", "crond-service-cronjob-cache", last: #"[["1", "2", "3", "4", "*", "root", "true"]]"#)
            try await container.freshRoot("# nothing here\n")
            let service = try await container.start(environment: environment(redis))
            #expect(service.log.filter { $0.message.contains("cache is not imported") }.count == 1)
            #expect(service.log("ready").first?["jobs"] == "0")
            #expect(container.folder.read("etc/crontab") == "# nothing here\n")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("Neither log, status nor a job's environment shows the key")
    func hidden() async throws {
        try await Plain.use { plain in
            plain.folder.write("key", Self.key + "\n")
            let table = Plain.seconds + "* * * * * ? env; echo done\n"
            let service = try await plain.start(
                table, ["--log-level", "debug", "--table-key-file", "\(plain.folder.path)/key"],
                environment: ["CROND_TABLE_KEY": Self.key])
            try await service.expectOutput("done")
            let status = try await plain.verb("status", "--json")
            #expect(status.code == 0 && !status.out.contains("nobody guesses"))
            #expect(try await plain.verb("table", "log").lines.first?.hasSuffix("  signed") == true)
            #expect(try await service.stop() == 0)
            #expect(!service.errors.contains("nobody guesses") && !service.out.contains("nobody guesses"))
            #expect(!service.outputs.contains { $0.hasPrefix("CROND_") })
        }
    }

    @Test("A key that is too short, or a file that is not there, ends it with 78; neither is shown")
    func badKeys() async throws {
        for variables in [
            ["CROND_TABLE_KEY": "fifteen bytes k"], ["CROND_TABLE_KEY_FILE": "/nowhere/key"], ["CROND_TABLE_KEY_FILE": "/dev/null"],
        ] {
            let result = try await Program.verb("run", "/dev/null", "--store", "memory:", environment: variables)
            #expect(result.code == 78 && !result.errors.contains("fifteen bytes k"), "\(result)")
        }
        let flag = try await Program.verb("run", "/dev/null", "--store", "memory:", "--table-key-file", "/nowhere/key")
        #expect(flag.code == 78 && flag.errors.contains("--table-key-file /nowhere/key"), "\(flag)")
        let help = try await Program.verb("run", "--help")
        for words in ["--follow", "CROND_FOLLOW", "--adopt-name", "CROND_ADOPT_NAME", "--table-key-file", "CROND_TABLE_KEY_FILE"] {
            #expect(help.out.contains(words))
        }
    }
}
