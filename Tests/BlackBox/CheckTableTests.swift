internal import Testing

@Suite("check of the whole table", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct CheckTableTests {
    @Test("Without files check looks at what run would read, and both name the drop-in files that are passed over")
    func wholeTable() async throws {
        try await Container.use { container in
            try await container.freshRoot("5 4 * * * root true\n")
            container.folder.folder("etc/cron.d")
            container.folder.write("etc/cron.d/good", "5 4 * * * root true\n61 * * * * root x\n")
            container.folder.write("etc/cron.d/backup.cron", "* * * * * root echo never\n")
            container.folder.write("etc/cron.d/old.dpkg-old", "* * * * * root echo never\n")
            container.folder.write("etc/cron.d/.placeholder", "# nothing\n")
            let check = try await container.verb("check")
            #expect(check.code == 65 && check.errors.isEmpty, "\(check)")
            #expect(check.out.contains("/etc/cron.d/good:2:1: error: minute 61"), "\(check)")
            #expect(check.out.contains("/etc/cron.d/backup.cron: warning: run passes this file over because of its name"), "\(check)")
            #expect(!check.out.contains("dpkg") && !check.out.contains("placeholder"))
            #expect(check.lines.last == "2 entries, 1 error, 1 warning")
            #expect(try await container.verb("check", "/etc/cron.d/backup.cron").out.contains("because of its name"))
            let service = try await container.start(["run", "--store", "memory:", "--socket", "none"])
            let said = try await service.expect("a drop-in file is passed over because of its name")
            #expect(said["path"] == "/etc/cron.d/backup.cron")
            container.folder.write("etc/cron.d/late.cron", "* * * * * root echo never\n")
            container.folder.write("etc/cron.d/good", "5 4 * * * root true\n")
            try await service.expect("table loaded")
            #expect(
                service.log("a drop-in file is passed over because of its name").map { $0["path"] } == [
                    "/etc/cron.d/backup.cron", "/etc/cron.d/late.cron",
                ])
        }
    }

    @Test("Where the store is a Redis, check knows what lines must say more, by --store or the environment; it asks no server")
    func sharedStore() async throws {
        try await Plain.use { plain in
            plain.folder.write(
                "crontab", "# crond: name=a overlap=replace\n0 4 * * * true\n\n# crond: name=b overlap=queue(2) host=one\n0 5 * * * true\n")
            func check(_ words: [String], _ environment: [String: String] = [:]) async throws -> Program.Result {
                try await Program.run(
                    [Program.crond, "check", plain.table, "--format", "user", "--no-users"] + words, environment: environment)
            }
            #expect(try await check([]).code == 0)
            #expect(try await check(["--store", "sqlite:/tmp/x"], ["CROND_STORE": "redis://nowhere.invalid"]).code == 0)
            for result in [
                try await check(["--store", "redis://nowhere.invalid"]), try await check([], ["CROND_STORE": "rediss://nowhere.invalid"]),
            ] {
                #expect(result.code == 65 && result.out.contains("write host=NAME") && result.out.contains("1 error"), "\(result)")
            }
            #expect(try await check(["--store", "nonsense:"]).code == 78)
            let variable = try await check([], ["CROND_STORE": "nonsense:"])
            #expect(variable.code == 78 && variable.out.isEmpty && variable.errors.hasPrefix("crond: CROND_STORE: "), "\(variable)")
            #expect(try await check([], ["CROND_STORE_FILE": "/run/secrets/not-here"]).code == 0)
        }
    }

    @Test("Lines that need a broker, or a Redis, are warned of where nothing names one; by an option or the environment they are content")
    func unmetNeeds() async throws {
        try await Plain.use { plain in
            plain.folder.write(
                "crontab",
                """
                # crond: name=p publish=amqp
                # crond: key=q
                0 4 * * * x
                # crond: via=workers name=w
                0 5 * * * true
                # crond: publish=amqp key=q
                0 6 * * * x

                """)
            func check(_ words: [String], _ environment: [String: String] = [:]) async throws -> Program.Result {
                try await Program.run(
                    [Program.crond, "check", plain.table, "--format", "user", "--no-users"] + words, environment: environment)
            }
            let bare = try await check([])
            #expect(bare.code == 0 && bare.lines.last == "3 entries, 0 errors, 2 warnings", "\(bare)")
            #expect(bare.out.contains("crontab:1:17: warning: publish= needs a broker, and nothing here names one"), "\(bare)")
            #expect(bare.out.contains("; so does 1 other entry"))
            #expect(bare.out.contains("crontab:4:10: warning: via= needs a Redis (--store, CROND_STORE) and a broker"), "\(bare)")
            #expect(try await check(["--strict"]).code == 65)
            #expect(try await check(["--store", "redis://h"]).out.contains("via= needs a broker"))
            for (words, environment) in [
                (["--amqp", "amqp://mq", "--store", "redis://h"], [:]), ([], ["CROND_AMQP": "amqp://mq", "CROND_STORE": "redis://h"]),
                (["--store", "redis://h"], ["CROND_AMQP_FILE": "/run/secrets/not-here"]),
            ] {
                let fine = try await check(words, environment)
                #expect(fine.code == 0 && fine.lines.last == "3 entries, 0 errors, 0 warnings", "\(fine)")
            }
            let wrong = try await check(["--amqp", "mq:5672"])
            #expect(wrong.code == 78 && wrong.out.isEmpty && wrong.errors.hasPrefix("crond: --amqp"), "\(wrong)")
        }
    }

    @Test("Drop-in files are a table without /etc/crontab, too; nothing at all is 66; CROND_TABLE names other files")
    func otherTables() async throws {
        try await Container.use { container in
            try await container.freshRoot(nil)
            let none = try await container.verb("check")
            #expect(none.code == 66 && none.errors == "crond: /etc/crontab: cannot be read: No such file or directory\n", "\(none)")
            container.folder.folder("etc/cron.d")
            container.folder.write("etc/cron.d/good", "5 4 * * * root true\n")
            #expect(try await container.verb("check").out == "1 entry, 0 errors, 0 warnings\n")
            container.folder.write("etc/mine", "5 4 * * * true\n6 4 * * * true\n")
            let mine = try await container.verb("check", environment: ["CROND_TABLE": "/etc/mine", "CROND_FORMAT": "user"])
            #expect(mine.out == "2 entries, 0 errors, 0 warnings\n", "\(mine)")
        }
    }
}
