import CronExpressions
import Testing

@Suite("DIALECT 7: order") struct Clause07Order {
    @Test(
        "DIALECT 7: after is exclusive, and fire times strictly increase",
        arguments: ["* * * * *", "*/7 * * * * *", "30 2 * * *", "0 0 29 2 *", "@hourly"])
    func order(_ text: String) throws {
        let zone = try ZoneDatabase.system.zone(named: "Europe/Berlin")
        let schedule = try CronExpression(text).schedule(in: zone)
        var last = Instant(1_792_900_000)
        for time in schedule.fireTimes(after: last).prefix(300) {
            #expect(time > last)
            #expect(schedule.next(after: time - 1) == time)
            if let following = schedule.next(after: time) { #expect(following > time) }
            #expect(schedule.previous(before: time + 1) == time)
            last = time
        }
    }

    @Test(
        "DIALECT 7: extreme instants neither trap nor hang",
        arguments: [Int64.min, Int64.min + 1, -1 << 40, 1 << 40, Int64.max - 1, Int64.max])
    func extremes(_ seconds: Int64) throws {
        for zone in ["UTC", "Pacific/Apia"] {
            let zone = try ZoneDatabase.system.zone(named: zone)
            for text in ["* * * * *", "30 2 29 2 *", "0 0 30 2 *", "* * * * * * 2030"] {
                let schedule = try CronExpression(text).schedule(in: zone)
                let instant = Instant(seconds)
                if let next = schedule.next(after: instant) { #expect(next > instant) }
                if let previous = schedule.previous(before: instant) { #expect(previous < instant) }
                _ = schedule.matches(instant)
                _ = schedule.count(in: Instant(.min)..<instant)
                _ = schedule.count(in: instant..<Instant(.max))
                #expect(!instant.rfc3339(in: zone).isEmpty)
                _ = zone.abbreviation(at: instant)
            }
        }
    }

    @Test("DIALECT 7: a year field ends the schedule") func lastYear() throws {
        let schedule = try CronExpression("0 0 0 1 1 * 2030,2032").schedule(in: .utc)
        #expect(schedule.fireTimes(after: Instant(0)).map { $0.civil(in: .utc).year } == [2030, 2032])
    }
}
