internal import Testing

@Suite("Where little is given", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct NoStoreTests {
    @Test("Without a volume for the store it says so once, and works")
    func noVolume() async throws {
        try await Container.use { container in
            try await container.freshRoot("@reboot root echo up\n")
            let service = try await container.start(setup: "mount -t tmpfs none /var/lib")
            try await service.expectOutput("up")
            let lines = service.log.filter { $0["level"] == "warning" && $0["store"] != nil }
            #expect(lines.count == 1, "\(lines)")
            #expect(lines.first?["remedy"] != nil)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("With no writable place for the store it says so once, and works from memory")
    func readOnlyStore() async throws {
        try await Container.use { container in
            try await container.freshRoot(Plain.seconds + "* * * * * ? root echo up\n")
            let service = try await container.start(setup: "mount -t tmpfs -o ro none /var/lib")
            try await service.expectOutput("up")
            let lines = service.log.filter { $0["level"] == "warning" && $0["store"] != nil }
            #expect(lines.count == 1, "\(lines)")
            #expect(service.log("ready").first?["store"] == "memory")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("As UID 65534 with a read-only root and no passwd entry it works, and says clearly what is missing")
    func nobody() async throws {
        try await Container.use { container in
            try await container.freshRoot(
                Plain.seconds + "# crond: name=who\n* * * * * ? root echo \"$(id -u):$(id -g) home $HOME in $PWD\"\n")
            let service = try await container.start(
                setup: "for at in / /etc /run /var/lib; do mount -o remount,ro,bind $at; done",
                wrapper: "setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all")
            try await service.expectOutput("65534:65534 home / in /", within: .seconds(10))
            #expect(service.log("ready").first?["store"] == "memory")
            let warnings = service.log.filter { $0["level"] == "warning" || $0["level"] == "error" }
            let missing = warnings.filter { $0["user"] == nil }
            #expect(missing.count == 1, "one line says all that is missing: \(warnings)")
            #expect(missing.first?["store"] != nil && missing.first?["socket"] != nil && missing.first?["remedy"] != nil)
            #expect(warnings.filter { $0["user"] == "root" }.count == 1, "one warning for a user that it cannot become: \(warnings)")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("On a small volume that is full, runs go on; one line says so where even that is not possible, and one when it works again")
    func fullVolume() async throws {
        try await Container.use { container in
            try await container.freshRoot(Plain.seconds + "# crond: name=tick\n* * * * * ? root echo tick\n")
            let service = try await container.start(setup: "mount -t tmpfs -o size=6m none /var/lib")
            #expect(service.log.allSatisfy { $0["reserve"] == nil })
            let inside = "/proc/\(service.service)/root/var/lib"
            try await Program.shell("cat /dev/zero > \(inside)/filler 2>/dev/null || true")
            let before = service.outputs.count
            try await eventually("runs on the full volume") { service.outputs.count >= before + 4 }
            #expect(service.log("the store failed; jobs wait until it works").isEmpty)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("Where the store fails, one line says so with what to do, and one that it works again")
    func outage() async throws {
        try await Container.use { container in
            try await container.freshRoot(Plain.seconds + "# crond: name=tick\n* * * * * ? root echo tick\n")
            let service = try await container.start(setup: "mount -t tmpfs -o size=600k none /var/lib")
            #expect(service.log.filter { $0["reserve"] != nil && $0["level"] == "warning" }.count == 1)
            let inside = "/proc/\(service.service)/root/var/lib"
            // Again and again: a checkpoint gives room free.
            for _ in 0..<100 where service.log("the store failed; jobs wait until it works").isEmpty {
                try await Program.shell("cat /dev/zero >> \(inside)/filler 2>/dev/null || true")
                try await Task.sleep(for: .milliseconds(200))
            }
            let failed = try await service.expect("the store failed; jobs wait until it works", within: .seconds(30))
            #expect(failed["remedy"] == "free space on the volume of /var/lib/crond/default.db")
            try await Task.sleep(for: .seconds(3))
            try await Program.shell("rm \(inside)/filler")
            try await service.expect("the store works again", within: .seconds(10))
            #expect(service.log("the store failed; jobs wait until it works").count == 1)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("The remedy fits the reason why there is no socket")
    func socketRemedies() async throws {
        try await Plain.use { plain in
            plain.folder.write("file", "")
            let cases = [
                (plain.folder.path + "/file", "is no socket"), (plain.folder.path + "/none/socket", "make the folder"),
                (plain.folder.path + "/" + String(repeating: "x", count: 120), "name a shorter path"),
            ]
            for (number, (path, remedy)) in cases.enumerated() {
                let service = try await plain.start(
                    "@reboot true\n", ["--socket", path], store: "sqlite:\(plain.folder.path)/store-\(number)/ledger.db")
                let lack = try await service.expect("running with reduced features")
                #expect(lack["socket"] != nil && lack["remedy"]?.contains(remedy) == true, "\(lack)")
                #expect(try await service.stop() == 0)
            }
            let first = try await plain.start("@reboot true\n")
            let second = try await plain.start(store: "sqlite:\(plain.folder.path)/other/ledger.db")
            #expect(try await second.expect("running with reduced features")["remedy"]?.contains("--name") == true)
            #expect(try await second.stop() == 0)
            #expect(try await first.stop() == 0)
        }
    }

    @Test("Another user who asks is told that it is a matter of permission, and the verb leaves with 77")
    func anotherUser() async throws {
        try Privileges.requireRoot()
        try await Plain.use { plain in
            let service = try await plain.start("@reboot true\n")
            for verb in ["status", "reload", "table log"] {
                let result = try await Program.run(
                    ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", Program.crond]
                        + verb.split(separator: " ").map(String.init) + ["--socket", plain.socket])
                #expect(result.code == 77 && result.errors.contains("no permission"), "\(verb): \(result)")
            }
            #expect(try await service.stop() == 0)
        }
    }
}
