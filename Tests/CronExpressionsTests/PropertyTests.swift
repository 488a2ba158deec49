import CronExpressions
import Testing

/// What must hold for every expression, instant and zone.
@Suite("Properties", .timeLimit(.minutes(30))) struct PropertyTests {
    static let zones = [
        "UTC", "Pacific/Apia", "Australia/Lord_Howe", "Europe/Dublin", "Africa/Casablanca", "Antarctica/Troll", "Asia/Beirut",
        "America/Havana", "Europe/Berlin", "Antarctica/Casey",
    ]

    /// 1900 to 2199.
    private static func instant(_ random: inout SeededGenerator) -> Instant {
        Instant(-2_200_000_000 + Int64(random.next() % 9_450_000_000))
    }

    private static func samples(
        _ count: Int, _ salt: UInt64, _ body: (String, CronSchedule, inout SeededGenerator) throws -> Bool
    ) throws {
        var random = SeededGenerator(state: Support.seed &+ salt)
        var generator = ExpressionGenerator(random: SeededGenerator(state: Support.seed &+ salt &+ 1))
        for index in 0..<count {
            let zone = try Support.zone(zones[index % zones.count])
            let text = generator.expression()
            let schedule = try CronExpression(text).schedule(in: zone)
            let holds = try body(text, schedule, &random)
            #expect(holds, "\(text) in \(zone.identifier), SEED=\(Support.seed)")
            if !holds { return }
        }
    }

    @Test("What is written and read again is the same expression with the same fire times", arguments: Dialect.all)
    func identity(_ dialect: Dialect) throws {
        var generator = ExpressionGenerator(random: SeededGenerator(state: Support.seed &+ 31))
        var read = 0
        for _ in 0..<2000 {
            guard let given = try? CronExpression("  " + generator.expression() + "\t", dialect: dialect) else { continue }
            let once = try CronExpression(given.text, dialect: dialect)
            let twice = try CronExpression(once.text, dialect: dialect)
            let same =
                once == twice && once.text == given.text && once.schedule(in: .utc) == given.schedule(in: .utc)
                && once.warnings.map(\.message) == given.warnings.map(\.message)
            #expect(same, "\(given.text) in \(dialect.name), SEED=\(Support.seed)")
            read += 1
        }
        #expect(read > 20)
        for nickname in Nickname.allCases { #expect(try CronExpression(nickname.text, dialect: dialect).text == nickname.text) }
    }

    @Test("Next and previous undo each other, and what they give matches") func inverse() throws {
        try Self.samples(3000, 41) { _, schedule, random in
            let at = Self.instant(&random)
            guard let next = schedule.next(after: at) else { return schedule.previous(before: at).map { $0 < at } ?? true }
            guard next > at, schedule.matches(next), schedule.previous(before: next + 1) == next else { return false }
            guard let previous = schedule.previous(before: next) else { return true }
            return previous <= at && schedule.matches(previous) && schedule.next(after: previous) == next
        }
    }

    @Test("Fire times strictly increase, and nothing between them matches") func order() throws {
        try Self.samples(1500, 51) { _, schedule, random in
            var last = Self.instant(&random)
            for time in schedule.fireTimes(after: last).prefix(15) {
                guard time > last, schedule.matches(time) else { return false }
                if time - last > 1 {
                    let between = last + 1 + Int64(random.next() % UInt64(time - last - 1))
                    guard !schedule.matches(between), schedule.next(after: between) == time else { return false }
                }
                last = time
            }
            return true
        }
    }

    @Test("Counting equals walking") func count() throws {
        try Self.samples(1500, 61) { _, schedule, random in
            let from = Self.instant(&random)
            var walked = 0
            var end = from + Int64(random.below(40 * 86_400))
            for time in schedule.fireTimes(after: from - 1) {
                if time >= end { break }
                walked += 1
                if walked == 300 {
                    end = time + 1
                    break
                }
            }
            return schedule.count(in: from..<end) == walked
        }
    }

    @Test("Whatever a mutated text means, every search ends soon") func searchesEnd() throws {
        var random = SeededGenerator(state: Support.seed &+ 71)
        var generator = ExpressionGenerator(random: SeededGenerator(state: Support.seed &+ 72))
        let clock = ContinuousClock()
        var accepted = 0
        for index in 0..<5000 {
            var bytes = Array(generator.expression().utf8)
            for _ in 0..<(1 + random.below(3)) {
                let new = ParserFuzzTests.alphabet[random.below(ParserFuzzTests.alphabet.count)]
                bytes[random.below(bytes.count)] = new
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard let expression = try? CronExpression(text, dialect: Dialect.all[index % Dialect.all.count]) else { continue }
            accepted += 1
            let zone = try Support.zone(Self.zones[index % Self.zones.count])
            let at = random.chance(10) ? Instant(Int64(bitPattern: random.next())) : Self.instant(&random)
            let spent = clock.measure {
                let schedule = expression.schedule(in: zone)
                _ = (schedule.next(after: at), schedule.previous(before: at), schedule.matches(at))
                _ = schedule.count(in: min(at, Instant(0))..<max(at, Instant(1)))
                _ = Explanation(of: expression, in: zone, after: at, count: 2, language: index % 2 == 0 ? .english : .chinese)
            }
            #expect(spent < .seconds(2), "\(text), SEED=\(Support.seed)")
        }
        #expect(accepted > 200)
    }
}
