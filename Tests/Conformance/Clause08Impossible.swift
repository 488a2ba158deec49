import CronExpressions
import Testing

@Suite("DIALECT 8: impossible dates") struct Clause08Impossible {
    @Test(
        "DIALECT 8: valid, never fire, and warned about",
        arguments: ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31 2 +MON", "0 0 0 29 2 * 2030", "0 0 31W 2 *", "0 0 0 29 2 +MON 2017-2030"])
    func never(_ text: String) throws {
        let expression = try CronExpression(text)
        let schedule = expression.schedule(in: .utc)
        #expect(schedule.neverFires)
        #expect(schedule.next(after: Instant(0)) == nil)
        #expect(schedule.previous(before: Instant(1 << 33)) == nil)
        #expect(schedule.count(in: Instant(0)..<Instant(1 << 33)) == 0)
        #expect(!schedule.matches(Instant(0)))
        #expect(expression.warnings.contains { $0.message.hasSuffix("never runs") })
    }

    @Test(
        "DIALECT 8: rare dates do fire",
        arguments: ["0 0 29 2 *", "0 0 29 2 +MON", "0 0 30 2 1", "0 0 0 29 2 * 2000-2030", "0 0 L 2 *", "0 0 29W 2 *", "0 0 * 2 SUN#5"])
    func rare(_ text: String) throws {
        let schedule = try CronExpression(text).schedule(in: .utc)
        #expect(!schedule.neverFires)
        #expect(schedule.next(after: Instant(0)) != nil)
    }

    @Test("DIALECT 8: leap days on each weekday, over a cycle of 400 years") func cycle() throws {
        // Of the 97 leap days of 400 years so many are a Sunday, a Monday ... a Saturday.
        let from = try #require(Instant(rfc3339: "2000-01-01T00:00:00Z"))
        let end = try #require(Instant(rfc3339: "2400-01-01T00:00:00Z"))
        let counts = try (0..<7).map { try CronExpression("0 0 29 2 +\($0)").schedule(in: .utc).count(in: from..<end) }
        #expect(counts == [13, 15, 13, 15, 13, 14, 14])
        #expect(try CronExpression("0 0 29 2 *").schedule(in: .utc).count(in: from..<end) == 97)
        // The longest wait for one: twelve years over 2100 and two gaps of 28.
        #expect(
            try Starts.of("0 0 29 2 +FRI", "UTC", "2080-03-01T00:00:00Z", "2130-01-01T00:00:00Z")
                == ["2092-02-29T00:00:00+00:00", "2104-02-29T00:00:00+00:00"])
    }

    @Test("DIALECT 8: the last year is 2199 in a year field") func lastYear() throws {
        #expect(
            try Starts.of("0 0 0 1 1 * 2198-2199", "UTC", "2026-01-01T00:00:00Z", "2300-01-01T00:00:00Z")
                == ["2198-01-01T00:00:00+00:00", "2199-01-01T00:00:00+00:00"])
        #expect(try CronExpression("0 0 0 29 2 * 2197-2199").schedule(in: .utc).neverFires)
    }

    @Test("DIALECT 8: no leap day in 2100") func century() throws {
        #expect(try Starts.of("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", "2105-01-01T00:00:00Z") == ["2104-02-29T00:00:00+00:00"])
        #expect(try Starts.of("0 0 29 2 *", "UTC", "2399-03-01T00:00:00Z", "2401-01-01T00:00:00Z") == ["2400-02-29T00:00:00+00:00"])
    }
}
