import Testing

@testable import CronExpressions

@Suite("TZif files") struct TZifTests {
    static let berlin = FileBytes.read("/usr/share/zoneinfo/Europe/Berlin") ?? []

    @Test("A good file") func good() throws {
        let file = try #require(TZifFile(Self.berlin))
        #expect(file.kinds.contains(ZoneKind(offset: 3600, abbreviation: "CET")))
        #expect(file.changes.count > 900)
    }

    @Test("A file cut off anywhere is refused") func truncated() {
        for length in 0..<Self.berlin.count { #expect(TZifFile(Array(Self.berlin.prefix(length))) == nil) }
    }

    @Test("Damaged files never trap") func damaged() {
        var random = SeededGenerator(state: Support.seed)
        for _ in 0..<3000 {
            var bytes = Self.berlin
            for _ in 0...random.below(4) {
                let place = random.chance(50) ? random.below(min(200, bytes.count)) : random.below(bytes.count)
                bytes[place] = UInt8(truncatingIfNeeded: random.next())
            }
            if let file = TZifFile(bytes) {
                let zone = Zone(ZoneStorage(identifier: "x", kinds: file.kinds, changes: Array(file.changes.prefix(200))))
                _ = zone.offset(at: Instant(Int64(bitPattern: random.next()) >> 30))
                _ = CronExpression.daily.schedule(in: zone).next(after: Instant(Int64(random.below(4_000_000_000))))
            }
        }
    }

    @Test(
        "POSIX rules",
        arguments: [
            "", "A", "AB3", "ABC", "ABC25", "ABC3D", "ABC3DEF,", "ABC3DEF,M3", "ABC3DEF,M13.1.0,M1.1.0", "ABC3DEF,M1.6.0,M1.1.0",
            "ABC3DEF,M1.1.7,M1.1.0", "ABC3DEF,M3.1.0,M4.1.0,", "ABC3DEF,J0,J1", "ABC3DEF,J366,J1", "ABC3DEF,366,1", "<ABC3", "ABC3:60",
            "ABC3DEF,M3.1.0/168,M4.1.0", "ABC99999999999999999999",
        ])
    func badRules(_ text: String) { #expect(PosixRule(Array(text.utf8)) == nil) }

    @Test("The table of what the clock has shown") func segments() {
        let hour: Int64 = 3600
        let list = ZoneSegment.list(
            first: 0, changes: [(1000 * hour, hour), (2000 * hour, hour), (3000 * hour, 0), (4000 * hour, -4 * hour)])
        #expect(list.map(\.offset) == [0, hour, 0, -4 * hour])
        #expect(list[1].gapStart == 1000 * hour && list[1].floor == 1001 * hour)
        #expect(list[2].floor == 3001 * hour && list[2].gapStart == 3000 * hour)
        #expect(list[3].floor == 3996 * hour && list[3].gapStart == 3996 * hour)
    }
}

extension CronExpression {
    static var daily: CronExpression { CronExpression(dialect: .vixie, fields: [], nickname: .daily, text: "@daily") }
}
