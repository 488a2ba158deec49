public import CronExpressions

/// One good line of a crontab: when, what and for whom.
///
/// A table may hold 100,000 of them, so an entry keeps places instead of texts where it can: what `scheduleText(in:)` returns is read from
/// the file's bytes only when somebody asks.
public struct CrontabEntry: Sendable {
    /// When it starts.
    public enum Timing: Hashable, Sendable {
        case cron(CronSchedule)
        /// `@reboot`: once per start of the service.
        case startup
        /// `every=`, or fields between `after=` and `until=`.
        case other(AnySchedule)

        /// The rule of its fire times; nil for `@reboot`.
        public var schedule: AnySchedule? {
            switch self {
            case .cron(let schedule): AnySchedule(schedule)
            case .startup: nil
            case .other(let schedule): schedule
            }
        }
    }

    public let timing: Timing
    /// What the shell gets.
    public let command: String
    /// The user column; nil in the user format.
    public let user: String?
    /// What follows the first `%`: the command's standard input.
    public var input: String? { extras?.input }
    public let environment: CrontabEnvironment
    /// What the legacy service derived its id from: characters 8..<24 of the MD5 of its rendering, as a number.
    public let derivedHash: UInt64
    let extras: Extras?
    let scheduleStart: UInt32
    let scheduleLength: UInt32
    let lineNumber: Int32
    /// A leading `-` in the system format: starts of this job are not logged.
    public let quiet: Bool
    /// cronie's `-n` before the command: no mail if it succeeds.
    public let mailsOnlyOnFailure: Bool

    /// What few entries have.
    final class Extras: Sendable {
        let input: String?
        let directives: Directives

        init(input: String?, directives: Directives) {
            self.input = input
            self.directives = directives
        }
    }

    /// Counted from 1.
    public var line: Int { Int(lineNumber) }

    /// What the `# crond:` lines above it say.
    public var directives: Directives { extras?.directives ?? .none }

    /// Whether there are any that say something.
    public var hasDirectives: Bool { extras.map { $0.directives != .none } ?? false }

    /// What `name=` above it says.
    public var name: String? { extras?.directives.name }

    /// The zone by name, from `tz=` or `CRON_TZ`; nil is the service's own.
    public var zoneName: String? { extras?.directives.tz ?? environment.zoneName }

    /// The sixteen hex digits that end the legacy service's id.
    public var derivedHex: String { LegacyRendering.hex(derivedHash) }

    /// The fields as written, joined by one blank, or the nickname. `bytes` are those that the table was parsed from.
    public func scheduleText(in bytes: [UInt8]) -> String {
        let start = Int(scheduleStart)
        let end = start + Int(scheduleLength)
        guard end <= bytes.count else { return "" }
        return bytes[start..<end].split(whereSeparator: \.isBlank).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }
}
