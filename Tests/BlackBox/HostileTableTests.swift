internal import Glibc
internal import Testing

@Suite("Tables with faults", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct HostileTableTests {
    @Test("Every bad line is shown with a caret, and the good ones run")
    func badLines() async throws {
        try await Plain.use { plain in
            let table = """
                61 * * * * echo never
                @reboot echo one
                * * * foo * echo never
                * * * *
                @rebot echo never
                # crond: oops=1
                * * * * * echo never
                @reboot echo two
                """
            let service = try await plain.start(table + "\n", ["--log-format", "text"], waits: false)
            try await eventually("the good lines' output") { service.out.contains("| one\n") && service.out.contains("| two\n") }
            for line in [1, 3, 4, 5] {
                #expect(service.errors.contains("\(plain.table):\(line):"), "line \(line) is named:\n\(service.errors)")
            }
            let carets = service.errors.split(separator: "\n").filter { $0.contains("^") && !$0.contains("echo") }
            #expect(carets.count >= 5, "\(service.errors)")
            #expect(service.errors.contains("61 * * * * echo never"), "the line itself is shown")
            #expect(!service.out.contains("never"))
            #expect(try await service.stop() == 0)
        }
    }

    @Test("An empty value, CRLF, a byte order mark and a missing last newline are taken as they are meant")
    func oddText() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("\u{FEFF}FOO=\r\n@reboot echo \"[$FOO]\"\r\n\r\n@reboot echo last")
            try await service.expectOutput("[]")
            try await service.expectOutput("last")
            #expect(service.log("bad line").isEmpty)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A byte order mark alone in front of an entry does not hide it")
    func markBeforeEntry() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("\u{FEFF}@reboot echo first")
            try await service.expectOutput("first")
        }
    }

    @Test("A line of a mebibyte is refused or run, but the others run in any case")
    func longLine() async throws {
        try await Plain.use { plain in
            for size in [(1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20] {
                let start = "@reboot : "
                let line = start + String(repeating: "x", count: size - start.utf8.count)
                let service = try await plain.start("@reboot echo before\n\(line)\n@reboot echo after \(size)\n", store: "memory:")
                try await service.expectOutput("before")
                try await service.expectOutput("after \(size)")
                #expect(service.log("bad line").count == 1)
                #expect(try await service.stop() == 0)
            }
        }
    }

    @Test("Binary rubbish is refused whole, without a crash, and a good table afterwards runs")
    func rubbish() async throws {
        try await Plain.use { plain in
            let binary = Array(Folder(path: "/bin").bytes("true") ?? [0])
            plain.folder.write("crontab", Array("@reboot echo hidden\n".utf8) + binary)
            let refused = try await plain.start(waits: false)
            #expect(try await refused.end() == 65, "there is nothing else to run")
            #expect(refused.log.contains { $0["level"] == "error" && $0.message == "the table is not used, and there is no earlier one" })
            let service = try await plain.start(Plain.seconds + "* * * * * ? echo good\n")
            try await service.expectOutput("good", within: .seconds(10))
            plain.folder.write("crontab", binary)
            try await service.expect("the table is not used; the last good one stays", within: .seconds(10))
            let count = service.outputs.count
            try await eventually("more runs of the last good table", within: .seconds(10)) { service.outputs.count >= count + 2 }
            #expect(!service.outputs.contains("hidden"))
            #expect(try await service.stop() == 0)
        }
    }

    @Test("Changing noise as a table never ends the service")
    func noise() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("@reboot true\n")
            var state: UInt64 = 88_172_645_463_325_252
            for round in 0..<20 {
                var bytes: [UInt8] = []
                for _ in 0..<2000 {
                    state ^= state << 13
                    state ^= state >> 7
                    state ^= state << 17
                    bytes.append(round % 2 == 0 ? UInt8(truncatingIfNeeded: state) : 32 + UInt8(state % 95))
                }
                plain.folder.write("crontab", bytes)
                #expect([0, 65].contains(try await plain.verb("reload").code), "round \(round)")
            }
            #expect(service.isRunning)
            plain.folder.write("crontab", Plain.seconds + "* * * * * ? echo good\n")
            try await service.expectOutput("good", within: .seconds(10))
        }
    }

    @Test("--strict refuses a table with a bad line and leaves with 65")
    func strict() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("61 * * * * true\n@reboot true\n", ["--strict"], waits: false)
            #expect(try await service.end() == 65)
            #expect(service.log("bad line").count == 1)
        }
    }

    @Test("Output of any bytes and any length comes out line by line and forges nothing")
    func output() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(
                """
                @reboot printf 'bell\\a escape\\033[2J\\n'; head -c 300000 /dev/zero | tr '\\0' y; echo; printf 'no newline'
                """ + "\n", ["--log-format", "text"], waits: false)
            try await eventually("the end of the job") { service.errors.contains("job finished") && service.out.contains("no newline") }
            #expect(service.out.contains("bell\\x07 escape\\x1b[2J"))
            let long = service.out.utf8.filter { $0 == UInt8(ascii: "y") }.count
            #expect(long >= 300_000, "nothing of a long line is lost: \(long)")
        }
    }
}
