import CronExpressions
import Crontabs
import Testing

@Suite("Hostile input")
struct HostileInput {
    @Test(
        arguments: [
            ([0x30, 0x00], 1, 2, "NUL"), (Array("# a\nb\u{1}".utf8), 2, 2, "U+0001"), ([0x23, 0xFF], 1, 2, "0xFF"),
            ([0x23, 0xC0, 0x80], 1, 2, "0xC0"), ([0x23, 0xED, 0xA0, 0x80], 1, 2, "0xED"), ([0x23, 0xE2, 0x82], 1, 2, "0xE2"),
            (Array("# a\rb\n".utf8), 1, 4, "U+000D"), (Array("# a\r\r\n".utf8), 1, 4, "U+000D"), ([0x23, 0x7F], 1, 2, "U+007F"),
            (Array("#\u{85}".utf8), 1, 2, "U+0085"), (Array("# a\r\r".utf8), 1, 4, "U+000D"), (Array("# é\u{1}".utf8), 1, 4, "U+0001"),
            (Array("# \(String(repeating: "é", count: 300))\u{1}x".utf8), 1, 303, "U+0001"),
        ] as [([UInt8], Int, Int, String)])
    func isRefusedWhole(_ bytes: [UInt8], line: Int, column: Int, word: String) throws {
        let table = read(Array("0 0 * * * root good".utf8) + [0x0A] + bytes)
        #expect(table.refused && table.entries.isEmpty && table.badLines.isEmpty)
        let diagnostic = try #require(table.diagnostics.first)
        #expect(diagnostic.line == line + 1)
        #expect(diagnostic.column == column)
        #expect(
            diagnostic.rendered.hasPrefix("crontab:\(line + 1):\(column): error: ") && !diagnostic.diagnostic.message.contains("column"))
        #expect(diagnostic.diagnostic.message.contains(word))
        #expect(diagnostic.diagnostic.range.upperBound <= diagnostic.source.utf8.count + 4)
    }

    @Test("Each byte is judged alike wherever it stands") func everyByteEverywhere() {
        let comment = [UInt8](repeating: UInt8(ascii: "#"), count: 17)
        for byte in UInt8.min...UInt8.max {
            let isPlain = byte == 0x09 || byte == 0x0A || (0x20..<0x7F).contains(byte)
            for before in 0..<17 {
                let table = read(comment.prefix(before) + [byte] + comment)
                #expect(table.refused == !isPlain, "\(byte) behind \(before)")
            }
        }
    }

    @Test("Lines of any length end where they end") func lengths() {
        let lines = (1...40).flatMap { length in
            ["#" + String(repeating: "x", count: length), "", "0 0 * * * root " + String(repeating: "y", count: length)]
        }
        let table = read(Array(lines.joined(separator: "\n").utf8))
        #expect(table.entries.map(\.line) == (1...40).map { 3 * $0 })
        #expect(table.entries.map { $0.command.utf8.count } == Array(1...40))
    }

    @Test func longLines() {
        let command = String(repeating: "x", count: CrontabLimits.command)
        #expect(read("0 0 * * * root \(command)").entries.count == 1)
        #expect(read("0 0 * * * root \(command)x").badLines.count == 1)
        let comment = "#" + String(repeating: "x", count: CrontabLimits.line - 1)
        #expect(read(comment + "\n0 0 * * * root x").diagnostics.isEmpty)
        let table = read(comment + "x\n0 0 * * * root x")
        #expect(table.entries.count == 1 && table.badLines.count == 1)
        #expect(read("A=" + String(repeating: "x", count: CrontabLimits.line)).badLines.count == 1)
    }

    @Test func largeFiles() {
        let line = Array("0 0 * * * root x\n".utf8)
        var bytes: [UInt8] = []
        for _ in 0..<CrontabLimits.entries { bytes += line }
        #expect(read(bytes).entries.count == CrontabLimits.entries)
        #expect(read(bytes + line).refused)
        #expect(read([UInt8](repeating: 0x0A, count: CrontabLimits.file)).diagnostics.isEmpty)
        #expect(read([UInt8](repeating: 0x0A, count: CrontabLimits.file + 1)).refused)
    }

    @Test func manyVariables() {
        let lines = (0..<CrontabLimits.variables).map { "A\($0)=1" }.joined(separator: "\n")
        #expect(read(lines + "\nA0=2\n0 0 * * * root x").entries.first?.environment.assignments.count == CrontabLimits.variables)
        #expect(read(lines + "\nB=2\n0 0 * * * root x").refused)
    }

    @Test func longLists() {
        let numbers = (0..<10_000).map { String($0 % 60) }.joined(separator: ",")
        #expect(read("\(numbers) * * * * root x").entries.count == 1)
        let mixed = (0..<10_000).map { $0 % 2 == 0 ? String($0 % 60) : "1-\(2 + $0 % 50)/3" }.joined(separator: ",")
        #expect(read("\(mixed) * * * * root x").entries.count == 1)
        #expect(read(String(repeating: ",", count: 10_000) + " * * * * root x").badLines.count == 1)
    }

    @Test func rightToLeftTextStays() {
        let command = "echo \u{202E}שלום\u{202C} مرحبا"
        #expect(read("0 0 * * * root \(command)").entries.first?.command == command)
    }

    @Test func assignmentBetweenAllEntriesStaysSmall() {
        let names = (0..<999).map { "N\($0)=value\n" }.joined()
        let table = read(names + String(repeating: "A=1\n* * * * * r x\n", count: 20_000))
        #expect(table.entries.count == 20_000)
        #expect(table.entries.last?.environment.assignments.count == 1_000)
    }

    @Test func unknownZonesAreNotLookedUpForever() {
        let lines = (0..<5_000).map { "CRON_TZ=No/Where\($0)\n0 0 * * * root x\n" }.joined()
        let table = read(lines)
        #expect(table.entries.isEmpty && table.badLines.count == 5_000)
    }

    @Test(arguments: 0..<8)
    func mutationsNeverTrap(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let seedText = """
            \u{FEFF}# crond: dialect=vixie
            MAILTO="a b"\r
            CRON_TZ=Europe/Berlin
            # crond: name=one grace=1h30m overlap=queue(3) cwd="/a b"
            -*/5 0-7 1,15 JAN-mar MON-FRI root echo 50\\% %a%b
            # crond: umask=022 catch-up=all(3) log=json
            @daily root x # y
            ~ 1~3 L * 5#2 root x
            'q'="x"
            """
        let alphabet: [UInt8] = Array("0179*/-,~#?LW@%\\\"'= \t\n\rcrond:az+()\u{0}\u{7F}é".utf8)
        for _ in 0..<300 {
            var bytes = Array(seedText.utf8)
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let at = Int.random(in: 0...bytes.count, using: &random)
                let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes.insert(byte, at: at)
                case 1 where at < bytes.count: bytes.remove(at: at)
                case 2 where at < bytes.count: bytes[at] = byte
                default: bytes = Array(bytes[at...]) + Array(bytes[..<at])
                }
            }
            for format in [CrontabFormat.system, .user] {
                let dialect = Dialect.all.randomElement(using: &random) ?? .vixie
                check(bytes, read(bytes, format, dialect: dialect), format)
            }
        }
    }

    private func check(_ bytes: [UInt8], _ table: Crontab, _ format: CrontabFormat) {
        #expect(!table.refused || table.entries.isEmpty)
        #expect(table.badLines.isEmpty || table.hasErrors)
        #expect(!table.refused || table.hasErrors)
        for entry in table.entries {
            #expect(!entry.scheduleText(in: bytes).isEmpty)
            #expect(table.legacyRendering(of: entry, in: bytes)?.derivedHex == entry.derivedHex)
        }
        for diagnostic in table.diagnostics {
            #expect(diagnostic.diagnostic.range.upperBound <= diagnostic.source.utf8.count + 1)
        }
    }
}
