internal import Testing

@Suite(
    "In containers of a Debian image", .serialized, .inPlace, .timeLimit(.minutes(4)),
    .enabled(if: DebianRoot.isThere, Comment(rawValue: DebianRoot.reason)))
struct ImageTests {
    @Test(
        "The image's own table and drop-ins are used, as PID 1 and not, as root and as a user without an entry", arguments: [true, false],
        [0, 4321])
    func smoke(isPID1: Bool, uid: Int) async throws {
        try await Images.use { images in
            let image = try await images.image("echo '@reboot root echo \"up as $(id -u) on $(hostname)\"' >> /etc/crontab")
            let container = try images.container(image, volume: nil, host: "pod-1")
            let service = try await container.start(uid: uid, isPID1: isPID1)
            try await service.expectOutput("up as \(uid) on pod-1")
            #expect(service.log("ready").first?["jobs"] == "7", "five lines of /etc/crontab, two of e2scrub_all: \(service.log("ready"))")
            #expect(try await container.shell("ls -A /etc/cron.d") == ".placeholder\ne2scrub_all\n")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("An edit is seen while it runs, and is there when the same container is started again")
    func edits() async throws {
        try await Images.use { images in
            let container = try images.container()
            var service = try await container.start()
            try await container.write("/etc/crontab", "# crond: name=edited\n0 0 1 1 * root true\n")
            try await service.expect("table loaded")
            #expect(try await container.verb("table", "log").lines.count == 2)
            #expect(try await service.stop() == 0)
            #expect(try await container.verb("table", "log").lines.count == 2)
            service = try await container.start()
            #expect(service.log("ready").first?["jobs"] == "3")
            #expect(try await container.read("/etc/crontab").contains("edited"))
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A new container gets the edited /etc/crontab back from its store, whatever its image has in /etc/cron.d")
    func newContainer() async throws {
        try await Images.use { images in
            let first = try images.container(), edit = "# crond: name=edited\n0 0 1 1 * root true\n"
            var service = try await first.start()
            try await first.write("/etc/crontab", edit)
            try await service.expect("table loaded")
            #expect(try await service.stop() == 0)

            let second = try images.container()
            service = try await second.start()
            #expect(try await second.read("/etc/crontab") == edit)
            #expect(try await service.stop() == 0)

            let update = try await images.image("echo '# of the new image' >> /etc/cron.d/e2scrub_all")
            let third = try images.container(update)
            service = try await third.start()
            #expect(try await third.read("/etc/crontab") == edit)
            #expect(try await third.read("/etc/cron.d/e2scrub_all").hasSuffix("# of the new image\n"))
            #expect(try await service.stop() == 0)

            let other = try images.container(volume: "empty")
            service = try await other.start()
            #expect(try await other.read("/etc/crontab").contains("run-parts"))
            #expect(try await service.stop() == 0)
        }
    }
}
