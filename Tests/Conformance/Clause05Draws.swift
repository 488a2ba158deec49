import CronExpressions
import Testing

@Suite("DIALECT 5: drawn values") struct Clause05Draws {
    private func minute(_ field: String, _ seed: UInt64) throws -> Int {
        let schedule = try CronExpression("\(field) 0 * * *").schedule(in: .utc, seed: seed)
        return schedule.next(after: Instant(0) - 1).map { Int($0.seconds / 60) } ?? -1
    }

    @Test(
        "DIALECT 5: one value of the range, either end may be left out",
        arguments: [("10~20", 10...20), ("50~", 50...59), ("~5", 0...5), ("~", 0...59), ("7~7", 7...7)])
    func inside(_ field: String, _ range: ClosedRange<Int>) throws {
        var seen: Set<Int> = []
        for seed in 0..<400 {
            let value = try minute(field, UInt64(seed))
            #expect(range.contains(value))
            #expect(try minute(field, UInt64(seed)) == value)
            seen.insert(value)
        }
        #expect(seen.count > range.count / 2)
    }

    @Test("DIALECT 5: every field draws for itself") func independent() throws {
        let schedule = try CronExpression("0~23 0~23 * * *").schedule(in: .utc, seed: 7)
        let differ = (UInt64(0)..<50).contains { seed in
            guard let time = (try? CronExpression("0~23 0~23 * * *"))?.schedule(in: .utc, seed: seed).next(after: Instant(0)) else {
                return false
            }
            return time.civil(in: .utc).hour != time.civil(in: .utc).minute
        }
        #expect(differ)
        #expect(schedule.count(in: Instant(0)..<Instant(864_000)) == 10)
    }

    @Test("DIALECT 5: a warning where a drawn day may not exist, whatever the seed") func mayNotExist() {
        #expect(Accepts.warnings("0 0 17~ 11 *").count == 1)
        #expect(Accepts.warnings("0 0 17~30 11 *").isEmpty)
    }

    @Test(
        "DIALECT 5: errors",
        arguments: ["~60 * * * *", "60~ * * * *", "20~10 * * * *", "1~5/2 * * * *", "1~2~3 * * * *", "*~5 * * * *", "1~x * * * *"])
    func errors(_ text: String) { #expect(Accepts.errors(text) == 1) }
}
