internal import Testing

@Suite("The table as state", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct TableStateTests {
    private static let shipped = "# the image's table\n0 0 1 1 * root echo shipped\n"
    /// With blanks, tabs and no last newline: byte for byte means that, too.
    private static let edited = "# edited by hand\n\n0\t0 1  1 *  root   echo edited  \nODD = \"x\" \n# end"

    /// A first container, whose table was edited while it ran.
    private static func live(_ container: Container, image: String? = shipped) async throws {
        try await container.freshRoot(image)
        let service = try await container.start()
        container.folder.write("etc/crontab", edited)
        try await service.expect("table loaded", within: .seconds(10))
        #expect(try await service.stop() == 0)
    }

    @Test("An image without a table, and its store: the table is back byte for byte", arguments: [nil, "", "# only a comment\n"])
    func emptyRoot(found: String?) async throws {
        try await Container.use { container in
            try await Self.live(container, image: found)
            try await container.freshRoot(found)
            let service = try await container.start()
            #expect(container.folder.read("etc/crontab") == Self.edited)
            #expect(try #require(service.log("ready").first)["jobs"] == "1")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A mode that alone was changed comes back with the table, in a container that has none")
    func mode() async throws {
        try await Container.use { container in
            try await container.freshRoot(Self.shipped)
            let first = try await container.start()
            try await Program.shell("chmod 600 \(container.folder.path)/etc/crontab")
            // A reload comes after the look that the change itself caused, or is that look.
            #expect(try await container.verb("reload").code == 0)
            #expect(try await container.verb("table", "log").lines.count(where: { $0.hasPrefix("1 ") || $0.hasPrefix("2 ") }) == 1)
            #expect(try await first.stop() == 0)
            try await container.freshRoot(nil)
            let second = try await container.start(["--on-start", "store"])
            #expect(container.folder.read("etc/crontab") == Self.shipped)
            #expect(try await Program.shell("stat -c %a \(container.folder.path)/etc/crontab") == "600\n")
            #expect(try await second.stop() == 0)
        }
    }

    @Test(
        "What the image's table has become while no service ran stays: taken away, emptied or commented out; the old one can be brought back",
        arguments: [nil, "", "# switched off for the migration\n#0 0 1 1 * root echo edited\n"])
    func switchedOff(found: String?) async throws {
        try await Container.use { container in
            try await Self.live(container)
            try await container.freshRoot(found)
            let service = try await container.start()
            #expect(container.folder.read("etc/crontab") == found ?? "" && container.folder.exists("etc/crontab") == (found != nil))
            #expect(service.log("ready").first?["jobs"] == "0")
            let warning = service.log.first { $0["bring_back"] == "crond table restore 2" }
            #expect(warning?["level"] == "warning", "\(service.errors)")
            #expect(try await container.verb("table", "restore", "2").code == 0)
            #expect(container.folder.read("etc/crontab") == Self.edited)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("The same image's old file: the edited table is back")
    func sameImage() async throws {
        try await Container.use { container in
            try await Self.live(container)
            for _ in 0..<2 {
                try await container.freshRoot(Self.shipped)
                let service = try await container.start()
                #expect(container.folder.read("etc/crontab") == Self.edited)
                #expect(try await service.stop() == 0)
            }
        }
    }

    @Test("A container restarted in place keeps the edited file, and its image's file still yields to it later")
    func restartedInPlace() async throws {
        try await Container.use { container in
            try await Self.live(container)
            let again = try await container.start()
            #expect(container.folder.read("etc/crontab") == Self.edited)
            #expect(try await again.stop() == 0)
            try await container.freshRoot(Self.shipped)
            let service = try await container.start()
            #expect(container.folder.read("etc/crontab") == Self.edited)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A new image's file wins, a rolled-back one too; the other is kept and can be shown and restored")
    func newImage() async throws {
        try await Container.use { container in
            try await Self.live(container)
            let renewed = "# the next image's table\n0 0 2 2 * root echo renewed\n"
            for table in [renewed, Self.shipped, renewed] {
                try await container.freshRoot(table)
                let service = try await container.start()
                #expect(container.folder.read("etc/crontab") == table)
                let warned = service.log.first { $0["bring_back"]?.hasPrefix("crond table restore ") == true }
                #expect(warned != nil, "the revision that lost is named with the command that brings it back:\n\(service.errors)")
                #expect(try await service.stop() == 0)
            }
            let service = try await container.start()
            let log = try await container.verb("table", "log")
            #expect(log.code == 0)
            #expect(log.lines.count == 5, "\(log.out)")
            #expect(log.lines.first?.contains("current") == true)
            #expect(try await container.verb("table", "show", "2").out == Self.edited)
            let restored = try await container.verb("table", "restore", "2")
            #expect(restored.code == 0, "\(restored.errors)")
            #expect(container.folder.read("etc/crontab") == Self.edited)
            try await service.expect("table loaded", within: .seconds(10))
            #expect(try await service.stop() == 0)
        }
    }

    @Test("With no service running, table log, show and restore work on the store")
    func withoutService() async throws {
        try await Container.use { container in
            try await Self.live(container)
            #expect(try await container.verb("table", "log").lines.count == 2)
            #expect(try await container.verb("table", "show", "1").out == Self.shipped)
            let restored = try await container.verb("table", "restore", "1")
            #expect(restored.code == 0, "\(restored.errors)")
            #expect(container.folder.read("etc/crontab") == Self.shipped)
            let service = try await container.start()
            #expect(container.folder.read("etc/crontab") == Self.shipped)
            #expect(try await service.stop() == 0)
            #expect(try await container.verb("table", "show", "99").code != 0)
        }
    }

    @Test("Drop-in files are a part of the table: a restore brings them back and takes them away, and leaves what is none alone")
    func dropIns() async throws {
        try await Container.use { container in
            func image() async throws {
                try await container.freshRoot(Self.shipped)
                container.folder.folder("etc/cron.d")
                container.folder.write("etc/cron.d/extra", "0 0 4 4 * root echo extra\n")
                container.folder.write("etc/cron.d/extra.dpkg-old", "no table\n")
            }
            try await image()
            let first = try await container.start()
            #expect(first.log("ready").first?["jobs"] == "2")
            try await Program.shell("rm \(container.folder.path)/etc/cron.d/extra")
            try await first.expect("table loaded", ["jobs": "1"])
            #expect(try await first.stop() == 0)
            try await image()
            let second = try await container.start()
            #expect(second.log("ready").first?["jobs"] == "1")
            #expect(!container.folder.exists("etc/cron.d/extra") && container.folder.exists("etc/cron.d/extra.dpkg-old"))
            container.folder.write("etc/crontab", Self.edited)
            #expect(try await second.expect("table loaded")["jobs"] == "1", "the job that was removed does not come back with an edit")
            #expect(try await container.verb("table", "restore", "1").code == 0)
            #expect(container.folder.read("etc/cron.d/extra") == "0 0 4 4 * root echo extra\n")
            #expect(try await container.verb("table", "restore", "2").code == 0)
            #expect(!container.folder.exists("etc/cron.d/extra"))
            #expect(try await second.stop() == 0)
            #expect(try await container.verb("table", "restore", "1").code == 0)
            #expect(container.folder.exists("etc/cron.d/extra"))
            #expect(try await container.verb("table", "restore", "2").code == 0)
            #expect(!container.folder.exists("etc/cron.d/extra") && container.folder.exists("etc/cron.d/extra.dpkg-old"))
        }
    }

    @Test("--on-start file and --on-start store force either side")
    func forced() async throws {
        try await Container.use { container in
            try await Self.live(container)
            try await container.freshRoot(Self.shipped)
            let file = try await container.start(["--on-start", "file"])
            #expect(container.folder.read("etc/crontab") == Self.shipped)
            #expect(try await file.stop() == 0)
            try await container.freshRoot("0 0 3 3 * root echo other\n")
            let store = try await container.start(["--on-start", "store"])
            #expect(container.folder.read("etc/crontab") == Self.shipped)
            let back = try #require(store.log.compactMap { $0["bring_back"] }.last?.split(separator: " ").last)
            #expect(try await container.verb("table", "show", String(back)).out == "0 0 3 3 * root echo other\n", "nothing is lost")
            #expect(try await store.stop() == 0)
        }
    }

    @Test("A table that cannot be written is used as it is")
    func readOnlyTable() async throws {
        try await Container.use { container in
            try await Self.live(container)
            try await container.freshRoot("# crond: name=mounted\n0 0 3 3 * root echo mounted\n")
            let service = try await container.start(setup: "mount --bind /etc/crontab /etc/crontab; mount -o remount,ro,bind /etc/crontab")
            #expect(container.folder.read("etc/crontab").contains("mounted"))
            #expect(try #require(service.log("ready").first)["jobs"] == "1")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("restore says which file it cannot write, why, and what that means")
    func restoreOfReadOnlyTable() async throws {
        try await Container.use { container in
            try await Self.live(container)
            let service = try await container.start(setup: "mount --bind /etc/crontab /etc/crontab; mount -o remount,ro,bind /etc/crontab")
            let inside = ["nsenter", "--target", "\(service.service)", "--pid", "--mount", Program.crond]
            let text = try await Program.run(inside + ["table", "restore", "1"])
            #expect(text.code == 0, "\(text.errors)")
            #expect(text.lines.count == 2)
            #expect(text.out.contains("not written: /etc/crontab: Read-only file system; revision 3 is used until"), "\(text.out)")
            let json = try await Program.run(inside + ["table", "restore", "1", "--json"])
            #expect(json.out.contains(#""unwritten":[{"path":"/etc/crontab","reason":"Read-only file system"}]"#), "\(json.out)")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A file that is mounted by itself is restored in place")
    func restoreOfMountedFile() async throws {
        try await Container.use { container in
            try await Self.live(container)
            let service = try await container.start(setup: "mount --bind /etc/crontab /etc/crontab")
            let inside = ["nsenter", "--target", "\(service.service)", "--pid", "--mount", Program.crond]
            let result = try await Program.run(inside + ["table", "restore", "1"])
            #expect(result.code == 0 && result.lines.count == 1, "\(result)")
            #expect(container.folder.read("etc/crontab") == Self.shipped)
            #expect(!container.folder.exists("etc/crontab.crond-new"))
            #expect(try await service.stop() == 0)
        }
    }

    @Test("--strict with a bad table and nothing before it does not speak of a last good one")
    func strictAndFirst() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("61 * * * * true\n", ["--strict"], waits: false)
            #expect(try await service.end() == 65)
            #expect(service.log("the table is not used, and there is no earlier one").count == 1)
            #expect(!service.errors.contains("last good"))
        }
    }
}
