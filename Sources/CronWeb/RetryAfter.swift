internal import CronExpressions
public import CronJobs

/// When a server that takes nothing now wants to be asked again (`Retry-After`): after so long, or at a time of its clock.
public enum RetryAfter: Hashable, Sendable {
    case seconds(Int64)
    case time(WallTime)

    /// `nil` for what is neither a number nor a date as HTTP has them.
    init?(_ text: String) {
        if !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) {
            self = .seconds(Int64(text) ?? .max)
        } else if let instant = Self.date(text) {
            self = .time(WallTime(instant))
        } else {
            return nil
        }
    }

    /// How long that is from now on: nothing where it has passed.
    public func wait(at now: WallTime) -> Duration {
        switch self {
        // A century is for ever.
        case .seconds(let seconds): .seconds(min(seconds, 3_155_760_000))
        case .time(let time): max(.zero, time - now)
        }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, and the two older forms: `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
    private static func date(_ text: String) -> Instant? {
        let words = text.split { [" ", ",", "-"].contains($0) }
        let parts: (day: Substring, month: Substring, year: Substring, time: Substring)
        switch words.count {
        case 6 where words[5] == "GMT": parts = (words[1], words[2], words[3], words[4])
        case 5: parts = (words[2], words[1], words[4], words[3])
        default: return nil
        }
        guard let month = months.firstIndex(of: String(parts.month)) else { return nil }
        let year = parts.year.count == 2 ? "20" + parts.year : String(parts.year)
        return Instant(rfc3339: "\(year)-\(twoDigits("\(month + 1)"))-\(twoDigits(parts.day))T\(parts.time)Z")
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func twoDigits(_ text: some StringProtocol) -> String { text.count == 1 ? "0\(text)" : "\(text)" }
}
