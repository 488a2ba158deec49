// tidy: helper
import CronExpressions
import Crontabs

/// Short ways to read a table in tests.
func read(_ text: String, _ format: CrontabFormat = .system, dialect: Dialect = .vixie, host: String = "h") -> Crontab {
    read(Array(text.utf8), format, dialect: dialect, host: host)
}

func read(_ bytes: [UInt8], _ format: CrontabFormat = .system, dialect: Dialect = .vixie, host: String = "h") -> Crontab {
    Crontab(
        parsing: bytes,
        options: CrontabOptions(format: format, dialect: dialect, zone: .utc, zones: .system, draws: .host(host), path: "crontab"))
}

extension Crontab {
    var errors: [String] { diagnostics.filter(\.isError).map(\.diagnostic.message) }
    var warnings: [String] { diagnostics.filter { !$0.isError }.map(\.diagnostic.message) }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
