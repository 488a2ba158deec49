import CronExpressions
import Testing

/// The engine against the naive walk, over random expressions near clock changes and elsewhere.
@Suite("Engine and naive walk agree") struct DifferentialTests {
    static let zones = [
        "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca",
        "Europe/Dublin", "Antarctica/Troll", "America/Havana", "Asia/Beirut", "America/Sao_Paulo", "Asia/Pyongyang",
        "America/Caracas", "Asia/Tehran", "Africa/Cairo", "America/Santiago", "Atlantic/Azores", "Asia/Gaza",
        "Pacific/Chatham", "Asia/Kathmandu", "Pacific/Kwajalein", "Europe/Istanbul", "America/Godthab", "Antarctica/Casey",
    ]

    /// A day and a half, in seconds.
    static let window: Int64 = 36 * 3600

    /// Instants just around the changes of a zone's offset, 1974 to 2043.
    static func changes(of zone: Zone) -> [Int64] {
        var list: [Int64] = []
        var day: Int64 = 1462 * 86_400
        while day < 26_800 * 86_400 {
            if zone.offset(at: Instant(day)) != zone.offset(at: Instant(day + 86_400)) { list.append(day + 43_200) }
            day += 86_400
        }
        return list
    }

    @Test("starts, next, previous, matches and count") func agreement() throws {
        var random = SeededGenerator(state: Support.seed)
        var generator = ExpressionGenerator(random: SeededGenerator(state: Support.seed &+ 99))
        let perWindow = 100
        var known: [String: [Int64]] = [:]
        for window in 0..<max(1, Support.cases / perWindow) {
            let zone = try Support.zone(Self.zones[window % Self.zones.count])
            let changes = known[zone.identifier] ?? Self.changes(of: zone)
            known[zone.identifier] = changes
            // One window in four lies anywhere before the end of 2199.
            let days = random.chance(25) ? 82_000 : 24_000
            var first = (1500 + Int64(random.below(days))) * 86_400 + Int64(random.below(1440)) * 60
            if !changes.isEmpty, days == 24_000, random.chance(75) {
                first = (changes[random.below(changes.count)] - Int64(random.below(36 * 60)) * 60) / 60 * 60
            }
            let walk = NaiveWalk(zone: zone, first: first, end: first + Self.window)
            for _ in 0..<perWindow {
                let text = generator.expression()
                let schedule = try CronExpression(text).schedule(in: zone)
                let expected = walk.starts(NaiveExpression(text))
                let context = "\(text) in \(zone.identifier) from \(Instant(first).rfc3339UTC())"
                let same = check(schedule, expected, walk, &random)
                #expect(same, "\(context), SEED=\(Support.seed)")
                if !same { return }
            }
        }
    }

    private func check(_ schedule: CronSchedule, _ expected: [Int64], _ walk: NaiveWalk, _ random: inout SeededGenerator) -> Bool {
        let (first, end) = (Instant(walk.first), Instant(walk.end))
        var at = first - 1
        for time in expected.prefix(20) {
            guard schedule.next(after: at) == Instant(time), schedule.matches(Instant(time)) else { return false }
            at = Instant(time)
        }
        if expected.count <= 20, let more = schedule.next(after: at), more < end { return false }
        at = end
        for time in expected.reversed().prefix(10) {
            guard schedule.previous(before: at) == Instant(time) else { return false }
            at = Instant(time)
        }
        if expected.count <= 10, let more = schedule.previous(before: at), more >= first { return false }
        guard schedule.count(in: first..<end) == expected.count else { return false }
        // Somewhere inside as well.
        let (a, b) = (random.below(Int(Self.window)), random.below(Int(Self.window)))
        let (low, high) = (walk.first + Int64(min(a, b)), walk.first + Int64(max(a, b)))
        let inside = expected.filter { $0 >= low && $0 < high }
        guard schedule.count(in: Instant(low)..<Instant(high)) == inside.count else { return false }
        guard schedule.matches(Instant(low)) == expected.contains(low) else { return false }
        let next = schedule.next(after: Instant(low))
        let naive = expected.first { $0 > low }
        return naive.map { next == Instant($0) } ?? (next.map { $0 >= end } ?? true)
    }
}
