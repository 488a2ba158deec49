internal import Testing

@Suite("A store's file that is not ours, and one on a full volume", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct StoreFileTests {
    @Test(
        "Verbs and the service leave another program's file where and as it is, and say what it is",
        arguments: ["log", "show 1", "restore 1", "run"])
    func anotherFile(_ verb: String) async throws {
        try await Container.use { container in
            try await container.freshRoot("@reboot root true\n")
            container.folder.write("etc/victim", "precious: 1\n")
            let words = verb == "run" ? ["run"] : ["table"] + verb.split(separator: " ").map(String.init)
            let result = try await container.verb(words + ["--store", "sqlite:/etc/victim"])
            #expect(result.code == 69 && (result.errors + result.out).contains("/etc/victim: is no store of crond"), "\(result)")
            #expect(container.folder.read("etc/victim") == "precious: 1\n")
            #expect(try await Program.shell("ls \(container.folder.path)/etc | grep -c victim") == "1\n")
        }
    }

    @Test("A reading verb makes and changes nothing, neither where no store is nor where a service was killed")
    func reading() async throws {
        try await Plain.use { plain in
            #expect(try await plain.storeVerb("table", "log").code == 69)
            #expect(!plain.folder.exists("store"))
            let service = try await plain.start("0 0 1 1 * true\n")
            service.destroy()
            let before = try await Program.shell("cd \(plain.folder.path)/store; ls -l --full-time; cat *")
            #expect(try await plain.storeVerb("table", "log").lines.count == 1)
            #expect(try await plain.storeVerb("table", "show", "1").out == "0 0 1 1 * true\n")
            #expect(try await Program.shell("cd \(plain.folder.path)/store; ls -l --full-time; cat *") == before)
        }
    }

    @Test(
        "The default store is not replaced by memory where another's file, a link or a folder has its place",
        arguments: ["chown 4321", "ln", "mkdir"])
    func defaultPlace(_ what: String) async throws {
        try await Container.use { container in
            try await container.freshRoot("@reboot root echo ran\n")
            let place = "\(container.folder.path)/lib/crond/default.db"
            try await Program.shell("mkdir -m 700 \(container.folder.path)/lib/crond")
            switch what {
            case "ln": try await Program.shell("touch \(container.folder.path)/out/x; ln -s \(container.folder.path)/out/x \(place)")
            case "mkdir": try await Program.shell("mkdir \(place)")
            default:
                let first = try await container.start()
                #expect(try await first.stop() == 0)
                try await Program.shell("\(what) \(place)")
            }
            let service = try await container.start(waits: false)
            #expect(try await service.end() == 69)
            #expect(service.errors.contains("/var/lib/crond/default.db: "), "\(service.errors)")
            #expect(!service.outputs.contains("ran"))
        }
    }

    @Test("A folder that others can write is warned of, once")
    func openFolder() async throws {
        try await Plain.use { plain in
            plain.folder.folder("store", mode: 0o1777)
            let service = try await plain.start("0 0 1 1 * true\n")
            let lines = service.log("others can replace the store, and whoever does decides what runs here")
            #expect(lines.count == 1 && lines[0]["reason"]?.contains("everybody") == true && lines[0]["remedy"] != nil, "\(service.log)")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("On a full volume a store that is there is opened: nothing runs, status says why, and what it holds counts once there is room")
    func fullVolume() async throws {
        try await Container.use { container in
            let table =
                Plain.seconds + "# crond: name=tick\n* * * * * ? root echo tick\n\n# crond: name=other\n* * * * * ? root echo other\n"
            try await container.freshRoot(table)
            let volume = "\(container.folder.path)/lib"
            try await Program.shell("mount -t tmpfs -o size=3m tmpfs \(volume)")
            do {
                let first = try await container.start()
                try await first.expectOutput("tick")
                #expect(try await container.verb(["pause", "tick"]).code == 0)
                #expect(try await first.stop() == 0)
                try await Program.shell("rm \(volume)/crond/default.db.reserve; cat /dev/zero > \(volume)/filler 2>/dev/null || true")
                try await container.freshRoot(table)
                let service = try await container.start(waits: false)
                let line = try await service.expect("the store's volume is full: nothing is started until there is room")
                #expect(line["level"] == "error" && line["store"] == "sqlite:/var/lib/crond/default.db" && line["remedy"] != nil)
                try await eventually("the socket") { container.folder.exists("run/crond.sock") }
                var status = try await container.verb(["status"]).out
                #expect(status.contains("sqlite:/var/lib/crond/default.db") && status.contains("the store's volume is full"), "\(status)")
                try await Task.sleep(for: .seconds(2))
                #expect(service.outputs.isEmpty)
                try await Program.shell("rm \(volume)/filler")
                try await service.expectOutput("other")
                status = try await container.verb(["status"]).out
                #expect(!status.contains("is full"), "\(status)")
                #expect(!service.outputs.contains("tick"), "a job that was paused before stays so")
                #expect(service.log("the store's volume is full: nothing is started until there is room").count == 1)
                #expect(try await service.stop() == 0)
            } catch {
                try await Program.shell("umount -l \(volume)")
                throw error
            }
            try await Program.shell("umount -l \(volume)")
        }
    }
}
