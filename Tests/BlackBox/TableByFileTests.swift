internal import Glibc
internal import Testing

@Suite(
    "The table of a start, file by file, in containers of a Debian image", .serialized, .inPlace, .timeLimit(.minutes(3)),
    .enabled(if: DebianRoot.isThere, Comment(rawValue: DebianRoot.reason)))
struct TableByFileTests {
    private static let edit = "# crond: name=edited\n0 0 1 1 * root true\n"

    @Test("A drop-in that was added while running comes back in a new container; one that the image had and was removed stays away")
    func dropIns() async throws {
        try await Images.use { images in
            let first = try images.container()
            var service = try await first.start()
            try await first.write("/etc/cron.d/mine", Self.edit)
            try await service.expect("table loaded", ["added": "1"])
            try await first.shell("rm /etc/cron.d/e2scrub_all")
            try await service.expect("table loaded", ["removed": "2"])
            #expect(try await service.stop() == 0)

            let second = try images.container()
            service = try await second.start()
            #expect(try await second.read("/etc/cron.d/mine") == Self.edit)
            #expect(try await second.shell("ls /etc/cron.d") == "mine\n")
            #expect(try await service.stop() == 0)

            // In place, by hand, while nothing runs.
            try await second.shell("rm /etc/cron.d/mine")
            service = try await second.start()
            #expect(try await second.shell("ls /etc/cron.d") == "")
            #expect(service.log("a drop-in file was removed while no service ran").count == 1)
            #expect(service.log.contains { $0["level"] == "warning" && $0["bring_back"] != nil })
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A removed drop-in with a secret comes back as it was: mode and attributes")
    func modes() async throws {
        try await Images.use { images in
            let first = try images.container()
            let service = try await first.start()
            try await first.shell(
                "umask 077; echo '0 0 1 1 * root true' > /etc/cron.d/secret; chown root:4 /etc/cron.d/secret; chmod 640 /etc/cron.d/secret")
            try await eventually("the file in the table") {
                service.log("table loaded").contains { $0["jobs"] == "8" || $0["added"] == "1" }
            }
            try await Task.sleep(for: .milliseconds(500))
            #expect(try await first.verb("reload").code == 0)
            let revision = try await first.verb("table", "log").lines.first?.split(separator: " ").first.map(String.init) ?? ""
            try await first.shell("rm /etc/cron.d/secret")
            try await service.expect("table loaded", ["removed": "1"])
            #expect(try await first.verb("table", "restore", revision).code == 0)
            let mode = try await first.shell("stat -c %a /etc/cron.d/secret")
            #expect(["640\n", "600\n"].contains(mode), "never more open: \(mode)")
            let list = try await first.verb("table", "list")
            #expect(
                list.lines.contains { $0.hasPrefix("/etc/cron.d/secret") && $0.contains("1 entry") && $0.hasSuffix("restored") },
                "\(list.out)")
            #expect(list.lines.contains { $0.hasPrefix("/etc/crontab") && $0.hasSuffix("as found") }, "\(list.out)")
            #expect(try await first.verb("table", "restore", "\((Int(revision) ?? 0) + 2)").out.contains("already current"))
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A file that others can write is refused by name with the remedy, alone; --trust-tables uses it; so does a read-only mount")
    func owners() async throws {
        try await Images.use { images in
            let image = try await images.image(
                """
                echo '0 0 1 1 * root true' > /etc/cron.d/hers; chown 2001:2001 /etc/cron.d/hers
                echo '0 0 1 1 * root true' > /etc/cron.d/open; chmod 666 /etc/cron.d/open
                """)
            let container = try images.container(image, volume: nil)
            var service = try await container.start()
            #expect(service.log("ready").first?["jobs"] == "6", "Debian's own go on")
            for words in [
                "/etc/cron.d/hers is refused (owner)", "owned by uid 2001, which could become root",
                "/etc/cron.d/open is refused (writable)",
            ] {
                #expect(service.log.contains { $0["reason"]?.contains(words) == true }, "\(words)")
            }
            #expect(try await container.verb("status").out.contains("degraded   table: /etc/cron.d/hers is refused"))
            #expect(try await container.verb("table", "list").lines.count { $0.contains("  refused: ") } == 2)
            #expect(try await !container.verb("table", "show", "1").out.contains("hers"), "not a byte of it is kept")
            #expect(try await service.stop() == 0)
            service = try await container.start(environment: ["CROND_TRUST_TABLES": "1"])
            #expect(service.log("ready").last?["jobs"] == "8")
            #expect(try await service.stop() == 0)
            let mounted = try images.container(image, volume: nil)
            service = try await mounted.start(
                setup: "mount --bind $ROOT/etc/cron.d $ROOT/etc/cron.d; mount -o remount,ro,bind $ROOT/etc/cron.d")
            #expect(service.log("ready").last?["jobs"] == "8", "it belongs to whoever mounted it")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A bind-mounted table that is put back while nothing runs wins: it is no image's")
    func mounted() async throws {
        try await Images.use { images in
            let container = try images.container(host: "one")
            let table = "\(images.folder.path)/single", setup = "mount --bind \(table) $ROOT/etc/crontab"
            images.folder.write("single", "# crond: name=first\n0 0 1 1 * root true\n")
            var service = try await container.start(setup: setup)
            images.folder.write("single", Self.edit)
            try await service.expect("table loaded")
            #expect(try await service.stop() == 0)
            images.folder.write("single", "# crond: name=first\n0 0 1 1 * root true\n")
            service = try await container.start(setup: setup)
            #expect(images.folder.read("single").contains("first"))
            #expect(try await service.stop() == 0)
        }
    }
}

@Suite("A table that is not there, or not to be read", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct MissingTableTests {
    @Test("A mistyped path ends the start with 66 and names what stands there; nothing is made")
    func mistyped() async throws {
        try await Plain.use { plain in
            plain.folder.write("crontab", "@reboot true\n")
            let wrong = "\(plain.folder.path)/crontb"
            let result = try await Program.run([Program.crond, "run", wrong, "--format", "user", "--store", "memory:", "--socket", "none"])
            #expect(
                result.code == 66 && result.errors.contains("there is no \(wrong)")
                    && result.errors.contains("did you mean \(plain.table)?"))
            #expect(!plain.folder.exists("crontb"))
        }
    }

    @Test("--wait-for-table waits for it; a name without a folder is a file for whoever says run")
    func waits() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(nil, ["--wait-for-table"])
            plain.folder.write("crontab", Plain.seconds + "* * * * * ? echo late\n")
            try await service.expectOutput("late")
            #expect(try await service.stop() == 0)
            let here = "cd \(plain.folder.path) && exec \(Program.crond) run nothing --format user --store memory: --socket none"
            #expect(try await Program.run(["/bin/sh", "-c", here]).code == 66)
        }
    }

    @Test("One file under two spellings is one file, and keeps its jobs over a restart")
    func spellings() async throws {
        try await Plain.use { plain in
            let folder = plain.folder.path
            plain.folder.write("crontab", "# crond: name=a\n0 0 1 1 * true\n")
            for name in ["crontab", "./crontab", "\(folder)//./crontab", "../\(folder.split(separator: "/").last ?? "")/crontab"] {
                let script = "cd \(folder) && exec \(Program.crond) run \(name) --format user --store \(plain.store) --socket none"
                let service = try plain.launch(["/bin/sh", "-c", script], environment: [:], isContained: false)
                try await service.expectReady()
                #expect(service.log("ready").first?["revision"] == "1", "\(name)")
                #expect(try await service.stop() == 0)
            }
        }
    }

    @Test("One refused file takes only its own jobs; with nothing else to run, a first start ends with 65")
    func refused() async throws {
        try await Container.use { container in
            try await container.freshRoot("# crond: name=good\n0 0 1 1 * root true\n")
            container.folder.folder("etc/cron.d")
            container.folder.write("etc/cron.d/latin", Array("# f".utf8) + [0xFC] + Array("r alle\n0 0 1 1 * root true\n".utf8))
            let service = try await container.start()
            #expect(service.log("ready").first?["jobs"] == "1")
            #expect(try await container.verb("status").out.contains("degraded   table: /etc/cron.d/latin is not used"))
            container.folder.write("etc/cron.d/latin", "# crond: name=mended\n0 0 1 1 * root true\n")
            try await service.expect("table loaded", ["added": "1"])
            container.folder.write("etc/cron.d/latin", [0, 0, 10])
            try await service.expect("a drop-in file is not used; the last good one stays")
            #expect(service.log("job removed").isEmpty)
            #expect(try await service.stop() == 0)
            let again = try await container.start()
            #expect(again.log("ready").last?["jobs"] == "2", "its last good version goes on, over a restart, too")
            #expect(container.folder.bytes("etc/cron.d/latin") == [0, 0, 10], "it is not written over")
            #expect(try await again.stop() == 0)
        }
        try await Plain.use { plain in
            plain.folder.write("crontab", [0, 10])
            let service = try await plain.start(nil, waits: false)
            #expect(try await service.end() == 65)
        }
    }

    @Test("A line whose times were edited starts nothing for times before the edit")
    func earlierTimes() async throws {
        try await Plain.use { plain in
            let (minute, hour) = try await Self.lastMinute()
            let service = try await plain.start("# crond: name=moved grace=2h\n0 0 1 1 * echo ran\n")
            plain.folder.write("crontab", "# crond: name=moved grace=2h\n\(minute) \(hour) * * * echo ran\n")
            try await service.expect("job changed", ["job": "moved"])
            try await Task.sleep(for: .seconds(2))
            #expect(service.outputs.isEmpty)
            #expect(try await service.stop() == 0)
        }
    }

    /// The minute before this one, by the clock that jobs see.
    private static func lastMinute() async throws -> (String, String) {
        let words = try await Program.shell("date -d '1 minute ago' '+%-M %-H'").split { $0 == " " || $0 == "\n" }.map(String.init)
        return (words[0], words[1])
    }
}
