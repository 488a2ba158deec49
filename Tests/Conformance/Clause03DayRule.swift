import CronExpressions
import Testing

@Suite("DIALECT 3: day rule") struct Clause03DayRule {
    // September 2026 begins on a Tuesday.
    @Test(
        "DIALECT 3: the star bit",
        arguments: [
            ("0 0 13 * 5", [4, 11, 13, 18, 25]), ("0 0 */10 * 5", [11]), ("0 0 1-7 * */5", [4, 6]), ("0 0 *,15 * 5", [4, 11, 18, 25]),
            ("0 0 15,* * 5", Array(1...30)), ("0 0 1-7 * +5", [4]), ("0 0 13 * +5", []), ("0 0 ? * 5", [4, 11, 18, 25]),
            ("0 0 13 * ?", [13]), ("0 0 13 * *", [13]), ("0 0 * * 5", [4, 11, 18, 25]),
            ("0 0 */7 * */5", [1, 8, 15, 22, 29].filter { [4, 6, 11, 13, 18, 20, 25, 27].contains($0) }),
        ] as [(String, [Int])])
    func starBit(_ text: String, _ expected: [Int]) throws {
        let days = try Starts.days(text, 2026, 9)
        #expect(days == expected)
    }

    @Test("DIALECT 3: a warning where both are restricted") func warnings() {
        #expect(Accepts.warnings("0 0 13 * 5").count == 1)
        #expect(Accepts.warnings("0 0 */2 * 1").count == 1)
        for text in ["0 0 1-31 * 1", "0 0 1 * 0-7", "0 0 1-31 * 0-6", "0 0 15,* * 5"] {
            #expect(Accepts.warnings(text).count == 1, "\(text)")
        }
        for text in ["0 0 13 * +5", "0 0 * * 5", "0 0 13 * *", "0 0 13 * ?", "0 0 */1 * 5", "0 0 *,1 * 5", "0 0 1-31 * +1"] {
            #expect(Accepts.warnings(text).isEmpty)
        }
    }

    @Test("DIALECT 3: ocps: only an exact star leaves a day field open") func ocps() throws {
        #expect(try Starts.days("0 0 */10 * 5", 2026, 9, .ocps) == [1, 4, 11, 18, 21, 25])
        #expect(try Starts.days("0 0 * * 5", 2026, 9, .ocps) == [4, 11, 18, 25])
    }
}
