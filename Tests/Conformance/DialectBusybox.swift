import CronExpressions
import Testing

@Suite("DIALECT, other dialects: busybox") struct DialectBusybox {
    @Test("busybox: backward ranges wrap, five fields only") func busybox() throws {
        #expect(try Starts.of("0 22-2 1 1 *", "UTC", "2029-12-31T23:00:00Z", "2030-01-02T00:00:00Z", .busybox).count == 5)
        #expect(try Starts.days("0 0 * * FRI-MON", 2026, 9, .busybox).count == 16)
        #expect(!Accepts.text("0 0 0 1 1 *", .busybox))
        #expect(Dialect.busybox.percentIsLiteral && Dialect.supercronic.percentIsLiteral && !Dialect.vixie.percentIsLiteral)
    }

    @Test(
        "busybox: days of a month are counted from 0 when a step is taken",
        arguments: [
            ("*/2", [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30]), ("30-3/2", [2, 30]), ("*/7", [7, 14, 21, 28]),
            ("*/31", [31]),
            ("1-31/2", [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31]), ("28-4", [1, 2, 3, 4, 28, 29, 30, 31]),
            ("*/10,5", [5, 10, 20, 30]),
            ("2-1/16", [2, 18]),
        ])
    func steps(_ written: String, _ days: [Int]) throws {
        #expect(try Starts.days("0 0 \(written) * *", 2027, 1, .busybox) == days)
    }

    @Test(
        "busybox: a field is restricted if it does not name every value, whatever its text",
        arguments: [
            // January 2027 begins on a Friday; Mondays are 4, 11, 18, 25.
            ("* * MON", [4, 11, 18, 25]), ("*/1 * MON", [4, 11, 18, 25]), ("1-31 * MON", Array(1...31)), ("2-1 * MON", [4, 11, 18, 25]),
            ("0~31 * MON", nil), ("*/2 * MON", [2, 4, 6, 8, 10, 11, 12, 14, 16, 18, 20, 22, 24, 25, 26, 28, 30]), ("13 * 0-6", [13]),
            ("13 * 0-7", [13]), ("13 * MON-SUN", [13]),
            ("13 * */2", [2, 3, 5, 7, 9, 10, 12, 13, 14, 16, 17, 19, 21, 23, 24, 26, 28, 30, 31]),
            ("1-31 * *", Array(1...31)), ("1-31 * 0-6", Array(1...31)), ("13 * 5-4", [13]), ("? * MON", [4, 11, 18, 25]),
            ("1-31 * +MON", [4, 11, 18, 25]),
            ("15,* * MON", [4, 11, 18, 25]), ("31-30 * MON", [4, 11, 18, 25]), ("*/40 * MON", [4, 11, 18, 25]), ("*/40 * *", []),
        ] as [(String, [Int]?)])
    func restricted(_ written: String, _ days: [Int]?) throws {
        guard let days else {
            #expect(!Accepts.text("0 0 \(written)", .busybox))
            return
        }
        #expect(try Starts.days("0 0 \(written)", 2027, 1, .busybox) == days, "\(written)")
    }

    @Test("busybox: fields agree with arrays that are filled as BusyBox fills its own") func arrays() throws {
        var random = Seeded(state: 7)
        for _ in 0..<3000 {
            let (date, weekday) = (list(32, 1...31, &random), list(7, 0...6, &random))
            guard let days = BusyBoxArray(date, 32), let week = BusyBoxArray(weekday, 7) else { continue }
            var (byDate, byWeekday) = (days.values, week.values)
            if days.isFull != week.isFull {
                if days.isFull { byDate = [] } else { byWeekday = [] }
            }
            // January 2027: the 1st is a Friday.
            let expected = (1...31).filter { byDate.contains($0) || byWeekday.contains(($0 + 4) % 7) }
            let text = "0 0 \(date) * \(weekday)"
            #expect(try Starts.days(text, 2027, 1, .busybox) == expected, "\(text)")
        }
    }

    @Test("busybox: what means days that no month has is said") func dayZero() throws {
        #expect(Accepts.warnings("0 0 */40 * *", .busybox).contains { $0.contains("never runs") })
        #expect(Accepts.warnings("0 0 */40 * MON", .busybox).contains("day of month */40 steps over everything but 0"))
        #expect(try CronExpression("0 0 */40 * *", dialect: .busybox).meaning(in: .english).contains("which no month has"))
        #expect(try CronExpression("0 0 */16 * *", dialect: .busybox).fiveFields == "0 0 16 * *")
    }

    private func list(_ size: Int, _ values: ClosedRange<Int>, _ random: inout Seeded) -> String {
        (0...random.below(3)).map { _ in
            let step = random.below(3) == 0 ? "/\(1 + random.below(size + 3))" : ""
            if random.below(5) == 0 { return "*" + step }
            let (a, b) = (values.lowerBound + random.below(values.count), values.lowerBound + random.below(values.count))
            return random.below(2) == 0 ? "\(a)" : "\(a)-\(b)\(step)"
        }.joined(separator: ",")
    }
}

/// A field as an array of flags that one walks around, from the text.
private struct BusyBoxArray {
    var values: Set<Int> = []
    let size: Int

    init?(_ text: String, _ size: Int) {
        self.size = size
        for item in text.split(separator: ",") {
            let parts = item.split(separator: "/")
            let ends = parts[0] == "*" ? [0, size - 1] : parts[0].split(separator: "-").compactMap { Int($0) }
            guard let from = ends.first, let to = ends.last, let step = parts.count > 1 ? Int(parts[1]) : 1 else { return nil }
            var (at, skip) = (from, 0)
            while true {
                if skip == 0 { values.insert(at) }
                skip = (skip + 1) % step
                if at == to { break }
                at = (at + 1) % size
            }
        }
    }

    var isFull: Bool { values.count == size }
}

private struct Seeded {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}
