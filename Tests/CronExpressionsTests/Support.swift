// tidy: helper
import CronExpressions
import Glibc

/// Shared helpers of these tests.
enum Support {
    static let seed = number("SEED") ?? 1
    static let cases = Int(number("CASES") ?? 20_000)

    private static func number(_ name: String) -> UInt64? {
        guard let text = getenv(name) else { return nil }
        return UInt64(String(cString: text))
    }

    static func zone(_ name: String) throws -> Zone { try ZoneDatabase.system.zone(named: name) }

    /// Fire times after one time and before another, as RFC 3339 in the zone.
    static func times(_ text: String, _ zone: String, _ from: String, _ to: String, _ dialect: Dialect = .vixie) throws -> [String] {
        let zone = try Self.zone(zone)
        let schedule = try CronExpression(text, dialect: dialect).schedule(in: zone)
        guard let from = Instant(rfc3339: from), let to = Instant(rfc3339: to) else { return ["bad test"] }
        return schedule.fireTimes(after: from).prefix { $0 < to }.map { $0.rfc3339(in: zone) }
    }

    static func errors(_ text: String, _ dialect: Dialect = .vixie) -> [Diagnostic] {
        do {
            _ = try CronExpression(text, dialect: dialect)
            return []
        } catch { return error.diagnostics }
    }
}

/// splitmix64: small, and the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ n: Int) -> Int { Int(next() % UInt64(n)) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}
