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
            var looks = 0
            for _ in 0..<200 where looks < 4 {
                looks = Self.hasThreadInOpen(service.service) ? looks + 1 : 0
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(looks == 4, "the first edit was read, and its user is looked up")
            let log = try await Program.run(inside + ["table", "log"])
            #expect(log.lines.count == 1, "nothing is published before that is over: \(log)")
            container.folder.write("etc/crontab", "# crond: name=second\n0 0 1 1 * root true\n")
            async let reload = Program.run(inside + ["reload"])
            try await Task.sleep(for: .milliseconds(500))
            try await Program.shell("cd \(etc); timeout 5 sh -c 'cat passwd.all > passwd' || true; mv passwd.all passwd")
            let answer = try await reload
            #expect(answer.code == 0 && answer.out.hasPrefix("revision 3"), "\(answer)")
            try await service.expect("job added", ["job": "second"])
            try await service.expect("job removed", ["job": "first"])
            #expect(service.log("table loaded").compactMap { $0["revision"] } == ["2", "3"])
            #expect(service.log("job removed").compactMap { $0["job"] } == ["old", "first"])
            #expect(try await service.stop() == 0)
        }
    }

    /// Whether a thread of the process waits for a file to open; other files open at once.
    private static func hasThreadInOpen(_ process: pid_t) -> Bool {
        let tasks = Folder(path: "/proc/\(process)/task")
        guard let folder = opendir(tasks.path) else { return false }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            // openat on x86-64 and arm64.
            if ["257", "56"].contains(tasks.read("\(name)/syscall").split(separator: " ").first ?? "") { return true }
        }
        return false
    }
}
