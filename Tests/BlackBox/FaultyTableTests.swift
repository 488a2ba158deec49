internal import Glibc
internal import Testing

@Suite("A table that cannot be used", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct FaultyTableTests {
    private static let good = "# crond: name=a\n0 0 1 1 * true\n"

    @Test("reload says so and leaves with 65 or 66, the last good table stays, and status shows it while it lasts")
    func reload() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.good)
            let path = plain.table
            let faults: [(make: String, code: Int32, words: String)] = [
                ("printf 'x\\001' > \(path)", 65, "the last good table stays"), ("rm \(path)", 66, "is gone"),
                ("rm \(path); mkfifo \(path)", 66, "is not a regular file"), ("rm \(path); mkdir \(path)", 66, "is not a regular file"),
                ("rm \(path); ln -s /dev/zero \(path)", 66, "is not a regular file"),
            ]
            for _ in 0..<2 {
                for fault in faults {
                    try await Program.shell(fault.make)
                    let answer = try await plain.verb("reload")
                    #expect(answer.code == fault.code && answer.out.isEmpty && answer.errors.contains(fault.words), "\(fault): \(answer)")
                    let status = try await plain.verb("status")
                    #expect(status.out.contains("1 job") && status.out.contains("degraded   table: "), "\(fault): \(status)")
                    try await Program.shell("rm -rf \(path)")
                    plain.folder.write("crontab", Self.good)
                    #expect(try await plain.verb("reload").code == 0)
                    #expect(try await !plain.verb("status").out.contains("degraded   table: "))
                }
            }
            #expect(service.log("a file of the table cannot be used").count == 6)
            #expect(service.log("the table is not used; the last good one stays").count == 2)
            #expect(service.log("job removed").isEmpty)
        }
    }

    @Test("reload counts the lines that are bad, while the others run")
    func badLines() async throws {
        try await Plain.use { plain in
            _ = try await plain.start(Self.good)
            plain.folder.write("crontab", Self.good + "61 * * * * true\n* * *\n")
            let answer = try await plain.verb("reload")
            #expect(answer.code == 0 && answer.out.contains("2 bad lines"), "\(answer)")
            plain.folder.write("crontab", Self.good)
            #expect(try await !plain.verb("reload").out.contains("bad"))
        }
    }

    @Test("What the log says about a bad line shows nothing of a URL but its host")
    func urls() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(
                """
                # crond: name=bad on-failure=https://hooks.example/T0/hunter2 grcae=5m
                0 0 1 1 * true
                # crond: name=worse ping=https://me:hunter2@hooks.example/x#hunter2
                0 0 1 1 * true

                """)
            #expect(service.errors.contains("https://hooks.example/***") && service.errors.contains("https://***@hooks.example/***"))
            #expect(try await service.stop() == 0)
            #expect(!service.errors.contains("hunter2"), "\(service.errors)")
        }
    }

    @Test("--strict: a table with a bad line is refused, and reload leaves with 65")
    func strict() async throws {
        try await Plain.use { plain in
            _ = try await plain.start(Self.good, ["--strict"])
            plain.folder.write("crontab", Self.good + "61 * * * * true\n")
            let answer = try await plain.verb("reload")
            #expect(answer.code == 65 && answer.errors.contains("--strict"), "\(answer)")
        }
    }

    @Test("In /etc/cron.d a pipe and links that lead nowhere are said, and a link to /dev/null takes the file's jobs away")
    func dropIns() async throws {
        try await Container.use { container in
            try await container.freshRoot("# crond: name=main\n0 0 1 1 * root true\n")
            container.folder.folder("etc/cron.d")
            container.folder.write("etc/cron.d/extra", "# crond: name=extra\n0 0 1 1 * root true\n")
            let service = try await container.start()
            let folder = "\(container.folder.path)/etc/cron.d"
            try await Program.shell("cd \(folder); mkfifo pipe; ln -s /nonexistent nowhere; ln -s loop loop; ln -s /dev/zero endless")
            for name in ["pipe", "nowhere", "loop", "endless"] {
                try await eventually("a line about \(name)") {
                    service.log("a file of the table cannot be used").count { $0["reason"]?.hasPrefix("/etc/cron.d/\(name) ") == true } == 1
                }
            }
            try await Program.shell("cd \(folder); rm pipe nowhere loop endless; ln -sf /dev/null extra")
            try await service.expect("job removed", ["job": "extra"])
            #expect(service.log("a file of the table cannot be used").count == 4)
            #expect(try await service.stop() == 0)
        }
    }
}
