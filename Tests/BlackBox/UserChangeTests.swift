internal import Glibc
internal import Testing

@Suite(
    "Users that come, go and change while the service runs", .enabled(if: getuid() == 0, "only root can switch users"), .serialized,
    .inPlace, .timeLimit(.minutes(4))
)
struct UserChangeTests {
    private static let others = "root:x:0:0:root:/root:/bin/bash\n"

    @Test("A user who comes later runs at the next fire time, without a reload")
    func comes() async throws {
        try await Container.use { container in
            try await container.freshRoot("# crond: name=late every=1s\n@every latecomer id -u\n")
            let service = try await container.start()
            let failed = try await service.expect("job finished", ["job": "late", "outcome": "launchFailed(user)"])
            #expect(failed["reason"] == "there is no user latecomer")
            container.folder.write("etc/passwd", Self.others + "latecomer:x:4020:4020::/:/bin/sh\n")
            try await service.expectOutput("4020", within: .seconds(20))
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A changed number and home, and a user who is gone, count after a reload", arguments: ["reload", "HUP"])
    func changes(_ way: String) async throws {
        try await Container.use { container in
            try await container.freshRoot("# crond: name=mail every=1s\n@every mailer echo $(id -u) $HOME\n")
            let service = try await container.start()
            try await service.expectOutput("4321 /nowhere")
            container.folder.write("etc/passwd", Self.others + "mailer:x:4999:4999::/tmp:/bin/sh\n")
            try await again(way, container, service)
            try await service.expectOutput("4999 /tmp", within: .seconds(20))
            container.folder.write("etc/passwd", Self.others)
            try await again(way, container, service)
            try await service.expect("job finished", ["outcome": "launchFailed(user)"], within: .seconds(20))
            #expect(try await service.stop() == 0)
        }
    }

    private func again(_ way: String, _ container: Container, _ service: Daemon) async throws {
        if way == "HUP" { return try service.signal(SIGHUP) }
        #expect(try await container.verb("reload").code == 0)
    }

    @Test("A changed home of the service's own user counts, too")
    func ownHome() async throws {
        try await Container.use { container in
            try await container.freshRoot("# crond: name=own every=1s\n@every root echo in $PWD\n")
            let service = try await container.start()
            try await service.expectOutput("in /root")
            container.folder.write("etc/passwd", "root:x:0:0:root:/tmp:/bin/bash\n")
            try await again("HUP", container, service)
            try await service.expectOutput("in /tmp", within: .seconds(20))
            #expect(try await service.stop() == 0)
        }
    }

    @Test("Without a home of their own other users get /, and our own user the container's HOME")
    func homes() async throws {
        try await Container.use { container in
            let line = "echo $(id -u) $HOME $PWD"
            try await container.freshRoot("@reboot 7777:7777 \(line)\n@reboot homeless \(line)\n@reboot root \(line)\n")
            container.folder.write("etc/passwd", "root:x:0:0:root::/bin/bash\nhomeless:x:4021:4021:::/bin/sh\n")
            let service = try await container.start(environment: ["HOME": "/var"])
            for text in ["7777 / /", "4021 / /", "0 /var /var"] { try await service.expectOutput(text) }
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A service that is not root but may change users gives none of its capabilities to another user's job")
    func ambient() async throws {
        try await Plain.use { plain in
            plain.folder.write("crontab", "@reboot 61600:61600 grep -E 'Cap(Inh|Prm|Eff|Amb)' /proc/self/status; echo $(id -u)\n")
            let words = [
                "setpriv", "--reuid", "61601", "--regid", "61601", "--clear-groups", "--inh-caps", "+setuid,+setgid", "--ambient-caps",
                "+setuid,+setgid",
            ]
            let service = try plain.launch(
                words + [Program.crond, "run", plain.table, "--store", "memory:", "--socket", "none"], environment: [:], isContained: false)
            try await service.expectOutput("61600")
            let lines = service.outputs.filter { $0.hasPrefix("Cap") }
            #expect(lines.count == 4 && lines.allSatisfy { $0.hasSuffix("\t0000000000000000") }, "\(lines)")
            #expect(try await service.stop() == 0)
        }
    }
}
