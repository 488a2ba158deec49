// tidy: helper
import CronExpressions

/// Whether a text is an expression, and with how many errors it is not.
enum Accepts {
    static func errors(_ text: String, _ dialect: Dialect = .vixie) -> Int {
        do {
            _ = try CronExpression(text, dialect: dialect)
            return 0
        } catch { return error.diagnostics.count }
    }

    static func text(_ text: String, _ dialect: Dialect = .vixie) -> Bool { errors(text, dialect) == 0 }

    static func warnings(_ text: String, _ dialect: Dialect = .vixie) -> [String] {
        (try? CronExpression(text, dialect: dialect))?.warnings.map(\.message) ?? ["not an expression"]
    }

    static func suggestion(_ text: String, _ dialect: Dialect = .vixie) -> String? {
        do {
            _ = try CronExpression(text, dialect: dialect)
            return nil
        } catch { return error.diagnostics.first?.suggestion }
    }
}

/// The starts of an expression after one time and before another, as local RFC 3339 times.
enum Starts {
    static func of(_ text: String, _ zone: String, _ from: String, _ to: String, _ dialect: Dialect = .vixie) throws -> [String] {
        let zone = try ZoneDatabase.system.zone(named: zone)
        let schedule = try CronExpression(text, dialect: dialect).schedule(in: zone)
        guard let from = Instant(rfc3339: from), let to = Instant(rfc3339: to) else { return ["a bad timestamp in the test"] }
        return schedule.fireTimes(after: from).prefix { $0 < to }.map { $0.rfc3339(in: zone) }
    }

    /// The days of a month at midnight UTC.
    static func days(_ text: String, _ year: Int, _ month: Int, _ dialect: Dialect = .vixie) throws -> [Int] {
        let schedule = try CronExpression(text, dialect: dialect).schedule(in: .utc)
        let pad = month < 10 ? "0" : ""
        guard let from = Instant(rfc3339: "\(year)-\(pad)\(month)-01T00:00:00Z") else { return [] }
        return schedule.fireTimes(after: from - 1).lazy.map { $0.civil(in: .utc) }.prefix { $0.month == month && $0.year == year }
            .map(\.day)
    }
}
