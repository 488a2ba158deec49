import CronExpressions
import Testing

@Suite("DIALECT 2: items") struct Clause02Items {
    private func minutes(_ field: String) throws -> [Int] {
        let schedule = try CronExpression("\(field) 0 1 1 *").schedule(in: .utc)
        guard let from = Instant(rfc3339: "2030-01-01T00:00:00Z") else { return [] }
        return schedule.fireTimes(after: from - 1).prefix { $0 < from + 3600 }.map { Int(($0 - from) / 60) }
    }

    @Test(
        "DIALECT 2: lists, ranges and steps",
        arguments: [
            ("5", [5]), ("005", [5]), ("1,3,2", [1, 2, 3]), ("*/20", [0, 20, 40]), ("10-13", [10, 11, 12, 13]),
            ("10-20/5", [10, 15, 20]), ("10-19/5", [10, 15]), ("*/100", [0]), ("20-20", [20]), ("7-9/100", [7]),
            ("*/999999999999999999999", [0]), ("58-59,0", [0, 58, 59]),
        ] as [(String, [Int])])
    func lists(_ field: String, _ expected: [Int]) throws { #expect(try minutes(field) == expected) }

    @Test("DIALECT 2: names in any case, wherever a number is", arguments: ["jan,JUN-dec/2", "Jan,6-DEC/2", "1,6,8,10,12"])
    func names(_ months: String) throws {
        #expect(try Starts.of("0 0 1 \(months) *", "UTC", "2029-12-31T00:00:00Z", "2031-01-01T00:00:00Z").count == 5)
    }

    @Test(
        "DIALECT 2: a range of weekdays may end on Sunday",
        arguments: [
            ("FRI-SUN", [5, 6, 0]), ("5-0", [5, 6, 0]), ("fri-7", [5, 6, 0]), ("7-0", [0]), ("SUN-SUN", [0]), ("SUN-TUE", [0, 1, 2]),
            ("1-7", [0, 1, 2, 3, 4, 5, 6]), ("0-7", [0, 1, 2, 3, 4, 5, 6]), ("5-7/2", [5, 0]), ("*/2", [0, 2, 4, 6]), ("1-0/3", [1, 4, 0]),
        ] as [(String, [Int])])
    func sundays(_ field: String, _ expected: [Int]) throws {
        let schedule = try CronExpression("0 0 * * \(field)").schedule(in: .utc)
        let found = Set(schedule.fireTimes(after: Instant(0)).prefix(7).map { $0.civil(in: .utc).weekday })
        #expect(found == Set(expected))
    }

    @Test(
        "DIALECT 2: errors",
        arguments: [
            "5/15 * * * *", "* 22-2 * * *", "1,,2 * * * *", ",1 * * * *", "1, * * * *", "5; * * * *", "*abc * * * *", "1-2-3 * * * *",
            "5#3 * * * *", "* * * * 5-2", "* * * * FRI-MON", "* * * NOV-FEB *", "*/0 * * * *", "*/ * * * *", "*/x * * * *",
            "* * * */JAN *", "5-64/30 * * * *", "1- * * * *", "-5 * * * *", "JAN * * * *", "* * * MON *", "* * * JANUARY *",
            "* * * * MONDAY",
            "* * * JANFEB *", "* * * * SUNMON", "** * * * *", "*5 * * * *", "5* * * * *", "1-*/2 * * * *", "+5 * * * *", "* * * * *+",
            "* * * * +",
            "* * * * ++1", "1.5 * * * *", "0x5 * * * *", "\u{661} * * * *", "* * * ja *", "* * * j *", "5- * * * *", "5-/2 * * * *",
            "% * * * *",
        ])
    func errors(_ text: String) { #expect(Accepts.errors(text) == 1) }

    @Test(
        "DIALECT 2: the message shows how to write it",
        arguments: [
            ("5/15 * * * *", "5-59/15"), ("* 22-2 * * *", "22-23,0-2"), ("* 23-2 * * *", "23,0-2"), ("* 22-0 * * *", "22-23,0"),
            ("* * * NOV-FEB *", "NOV-DEC,JAN-FEB"), ("* * * * FRI-MON", "FRI-SAT,SUN-MON"), ("* * * * MONDAY", "MON"),
            ("* * * * MON/2", "MON-SAT/2"), ("* 20-4/4 * * *", "20,0,4"), ("* * * Marhc *", "MAR"), ("* * * * 7-2", "0-2"),
            ("20~10 * * * *", "10~20"), ("* * l * *", "L"), ("* * 15w * *", "15W"),
        ])
    func suggestions(_ text: String, _ expected: String) throws {
        #expect(Accepts.suggestion(text) == expected)
    }

    @Test("DIALECT 2: every bad field is reported at once") func allErrors() {
        #expect(Accepts.errors("60 24 32 13 8") == 5)
        #expect(Accepts.errors("60,61,5 24 * * 8") == 4)
    }

    @Test("DIALECT 2: a step beyond the range is legal, with a warning") func warnings() {
        #expect(Accepts.warnings("*/100 * * * *") == ["minute */100 steps over everything but 0"])
        #expect(Accepts.warnings("*/30 */12 * * *").isEmpty)
        #expect(Accepts.warnings("5-10/7 * * * *") == ["minute 5-10/7 steps over everything but 5"])
    }
}
