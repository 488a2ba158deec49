import CronExpressions
import Testing

@Suite("DIALECT 4: special days") struct Clause04SpecialDays {
    @Test(
        "DIALECT 4: L, LW, nW, # and last weekdays",
        arguments: [
            ("0 0 L * *", 2026, 2, [28]), ("0 0 L * *", 2028, 2, [29]), ("0 0 LW * *", 2026, 10, [30]), ("0 0 LW * *", 2026, 2, [27]),
            ("0 0 1,L * *", 2026, 4, [1, 30]), ("0 0 L,LW * *", 2026, 10, [30, 31]),
            // November 2026: the 1st is a Sunday, the 30th a Monday. August 2026: the 1st is a Saturday, the 31st a Monday.
            ("0 0 1W * *", 2026, 11, [2]), ("0 0 1W * *", 2026, 8, [3]), ("0 0 15W * *", 2026, 11, [16]), ("0 0 15W * *", 2026, 8, [14]),
            ("0 0 31W * *", 2026, 11, []), ("0 0 31W * *", 2027, 1, [29]), ("0 0 31W * *", 2026, 10, [30]), ("0 0 28W * *", 2027, 2, [26]),
            ("0 0 * * 5#3", 2026, 9, [18]), ("0 0 * * FRI#5", 2026, 9, []), ("0 0 * * TUE#5", 2026, 9, [29]), ("0 0 * * 5L", 2026, 9, [25]),
            ("0 0 * * 5#L", 2026, 9, [25]), ("0 0 * * friL", 2026, 9, [25]), ("0 0 * * 7#1,MON#2", 2026, 9, [6, 14]),
            ("0 0 * * 0L,1", 2026, 9, [7, 14, 21, 27, 28]),
        ] as [(String, Int, Int, [Int])])
    func days(_ text: String, _ year: Int, _ month: Int, _ expected: [Int]) throws {
        #expect(try Starts.days(text, year, month) == expected)
    }

    @Test("DIALECT 4: ? alone in a day field is *") func question() throws {
        #expect(try CronExpression("0 0 ? * ?").schedule(in: .utc) == CronExpression("0 0 * * *").schedule(in: .utc))
    }

    @Test(
        "DIALECT 4: errors",
        arguments: [
            "? * * * *", "* ? * * *", "* * * ? *", "* * ?,1 * *", "* * 1,? * *", "* * ?/2 * *", "* * l * *", "* * lw * *", "* * Lw * *",
            "* * 15w * *",
            "* * 1,15W * *", "* * 15W,1 * *", "* * 1-15W * *", "* * W * *", "* * WL * *", "* * L-3 * *", "* * L/2 * *", "* * * * 5l",
            "* * * * L",
            "* * * * 5#0", "* * * * 5#6", "* * * * 5#", "* * * * 8#1", "* * * * 1-5#1", "* * * * 5#l", "* * * * #1", "L * * * *",
            "* L * * *", "* * * L *",
            "* * * * 5W", "* * 5#2 * *", "* * 0W * *", "* * 32W * *", "* * 5L * *", "* * * * 5L/2", "* * * * 5#1#2",
        ])
    func errors(_ text: String) { #expect(Accepts.errors(text) == 1) }
}
