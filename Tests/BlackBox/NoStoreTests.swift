internal import Testing

@Suite("Where little is given", .serialized, .timeLimit(.minutes(1)))
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
            try await service.expectOutput("65534:65534 home / in /", within: .seconds(5))
            #expect(service.log("ready").first?["store"] == "memory")
            let warnings = service.log.filter { $0["level"] == "warning" || $0["level"] == "error" }
            let missing = warnings.filter { $0["user"] == nil }
            #expect(missing.count == 1, "one line says all that is missing: \(warnings)")
            #expect(missing.first?["store"] != nil && missing.first?["socket"] != nil && missing.first?["remedy"] != nil)
            #expect(warnings.filter { $0["user"] == "root" }.count == 1, "one warning for a user that it cannot become: \(warnings)")
            #expect(try await service.stop() == 0)
        }
    }
}
