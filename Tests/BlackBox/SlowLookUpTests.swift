internal import Glibc
internal import Testing

@Suite("A user database that is slow", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct SlowLookUpTests {
    /// The database is a pipe, so that a look-up of a user that is not known yet lasts until somebody writes into it.
    @Test("A table whose users are still looked up is not applied over a newer one that a reload has read meanwhile")
    func olderAfterNewer() async throws {
        try await Container.use { container in
            try await container.freshRoot("# crond: name=old\n0 0 1 1 * root true\n")
            let service = try await container.start()
            let etc = "\(container.folder.path)/etc"
            try await Program.shell("mv \(etc)/passwd \(etc)/passwd.all; mkfifo \(etc)/passwd")
            container.folder.write("etc/crontab", "# crond: name=first\n0 0 1 1 * mailer true\n")
            let inside = ["nsenter", "--target", "\(service.service)", "--pid", "--mount", Program.crond]
            var revisions = 0
            for _ in 0..<100 where revisions < 2 {
                revisions = try await Program.run(inside + ["table", "log"]).lines.count
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(revisions == 2, "the first edit was read")
            container.folder.write("etc/crontab", "# crond: name=second\n0 0 1 1 * root true\n")
            async let reload = Program.run(inside + ["reload"])
            try await Task.sleep(for: .milliseconds(500))
            try await Program.shell("cd \(etc); timeout 5 sh -c 'cat passwd.all > passwd' || true; mv passwd.all passwd")
            let answer = try await reload
            #expect(answer.code == 0 && answer.out.hasPrefix("revision 3"), "\(answer)")
            try await service.expect("job added", ["job": "second"])
            #expect(service.log("table loaded").compactMap { $0["revision"] } == ["2", "3"])
            #expect(service.log("job removed").compactMap { $0["job"] } == ["old", "first"])
            #expect(try await service.stop() == 0)
        }
    }
}
