/// Durations as people write them, in directives and elsewhere: `90s`, `5m`, `1h30m`, `2d`.
///
/// Each unit at most once, the larger first, so that a text has one meaning; the sum stays below 100 years.
public enum DurationText {
    /// `nil` for what is no duration, or lasts 100 years or more.
    public static func read(_ text: String) -> Duration? {
        let units: [(letter: UInt8, seconds: Int64)] = [
            (UInt8(ascii: "d"), 86_400), (UInt8(ascii: "h"), 3_600), (UInt8(ascii: "m"), 60), (UInt8(ascii: "s"), 1),
        ]
        let limit: Int64 = 100 * 366 * 86_400
        var total: Int64 = 0
        var number: Int64?
        var next = 0
        for byte in text.utf8 {
            if (0x30...0x39).contains(byte) {
                let value = (number ?? 0) * 10 + Int64(byte - 0x30)
                guard value <= limit else { return nil }
                number = value
                continue
            }
            guard let value = number, let unit = units.indices.first(where: { $0 >= next && units[$0].letter == byte }) else { return nil }
            let (seconds, overflow) = value.multipliedReportingOverflow(by: units[unit].seconds)
            guard !overflow, seconds <= limit - total else { return nil }
            total += seconds
            number = nil
            next = unit + 1
        }
        guard number == nil, next > 0 else { return nil }
        return .seconds(total)
    }
}
