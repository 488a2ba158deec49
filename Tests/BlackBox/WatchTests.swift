internal import Glibc
internal import Testing

@Suite("Watching on the whole screen", .serialized, .inPlace, .timeLimit(.minutes(2)))
struct WatchTests {
    private static let table =
        Plain.seconds
        + "# crond: name=slow\n@reboot exec sleep 300\n# crond: name=bad\n* * * * * ? exit 3\n# crond: name=yearly\n0 0 0 1 1 ? true\n"

    private func watch(_ plain: Plain, columns: UInt16 = 80, rows: UInt16 = 24) throws -> PseudoTerminal {
        try PseudoTerminal(
            [Program.crond, "watch", "--socket", plain.socket, "--color", "never"], columns: columns, rows: rows,
            environment: ["TZ": "Europe/Berlin"], errors: "\(plain.folder.path)/watch-errors")
    }

    private func isWhole(_ frame: [String]) -> Bool {
        frame.contains { $0.contains("slow@boot-") } && frame.contains { $0.contains("bad  failed(exit 3)") }
            && frame.contains { $0.contains("  bad  ") }
    }

    /// The screen of before is back, with its cursor, and so are the terminal's settings.
    private func expectRestored(_ terminal: PseudoTerminal) {
        #expect(terminal.written.hasSuffix("\u{1B}[?25h\u{1B}[?1049l"))
        #expect(terminal.isAsUsual)
    }

    @Test("It shows what runs, what is next and what failed, in a terminal of 40x10 too; it follows a new size; q gives the terminal back")
    func shows() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table)
            let terminal = try watch(plain, columns: 40, rows: 10)
            try await eventually("a whole screen") { isWhole(terminal.frame) }
            let small = terminal.frame
            #expect(small.count <= 10 && small.allSatisfy { $0.count <= 40 }, "\(small)")
            #expect(small[0].hasPrefix("crond default"), "\(small)")
            #expect(!terminal.isAsUsual && !terminal.written.contains("\u{1B}[31m"))
            #expect(!terminal.written.contains("exit 3\n") && !terminal.written.contains("sleep 300"), "no command")
            terminal.resize(columns: 100, rows: 30)
            try await eventually("a larger screen") { terminal.frame.count == 30 }
            #expect(terminal.frame.last == "q quits")
            terminal.type("q")
            #expect(try await terminal.end() == 0)
            expectRestored(terminal)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("Ctrl-C, TERM and the service's end give the terminal back, too")
    func ends() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table)
            let interrupted = try watch(plain), told = try watch(plain), left = try watch(plain)
            for terminal in [interrupted, told, left] { try await eventually("a whole screen") { isWhole(terminal.frame) } }
            interrupted.type("\u{3}")
            #expect(try await interrupted.end() == 130)
            expectRestored(interrupted)
            kill(told.pid, SIGTERM)
            #expect(try await told.end() == 143)
            expectRestored(told)
            #expect(try await service.stop() == 0)
            #expect(try await left.end() == 0)
            expectRestored(left)
            #expect(plain.folder.read("watch-errors").contains("the service has ended"))
        }
    }

    @Test("A stopped service is shown as one that does not answer, and q works; a killed one ends it with 69")
    func trouble() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table)
            let terminal = try watch(plain), other = try watch(plain)
            for terminal in [terminal, other] { try await eventually("a whole screen") { isWhole(terminal.frame) } }
            try service.signal(SIGSTOP)
            try await eventually("a word about it") { terminal.frame.contains("the service does not answer") }
            terminal.type("q")
            #expect(try await terminal.end() == 0)
            expectRestored(terminal)
            try service.signal(SIGKILL)
            #expect(try await other.end() == 69)
            expectRestored(other)
        }
    }

    @Test("Without a terminal, without a service, and for a terminal that cannot do it, it says so and changes nothing")
    func impossible() async throws {
        try await Plain.use { plain in
            let piped = try await plain.verb("watch")
            #expect(piped.code == 64 && piped.errors.contains("crond events -f"), "\(piped)")
            let nobody = try watch(plain)
            #expect(try await nobody.end() == 69)
            #expect(!nobody.written.contains("\u{1B}[?1049h") && nobody.isAsUsual)
        }
    }
}
