public import CronExpressions

/// When a job is due, as it is written down: a value that can be stored, compared and shown, and is compiled when its job is added.
///
/// ```swift
/// let schedules: [JobSchedule] = [
///     .cron("0 3 * * 1-5"),                             // five, six or seven fields, or @daily
///     .cron("0 3 * * *", in: "Europe/Berlin"),
///     .every(.seconds(90)),                             // counted from 1970, so that replicas agree; `from:` sets another beginning
///     .every(2, .weeks, hour: 8),                       // by the calendar
///     .at(midnight),                                    // once: an Instant, or a Date
///     .any([.cron("0 9 * * 1-5"), .cron("0 11 * * 6,7")]),
///     .cron("*/5 * * * *").starting(at: opening).ending(at: closing),
/// ]
/// ```
///
/// Where no zone is named, the scheduler's own is written into the job when it is added: all nodes go by that, whatever theirs is.
public struct JobSchedule: Hashable, Sendable {
    indirect enum Rule: Hashable, Sendable {
        case cron(String, SharedDialect, zone: String?)
        case interval(seconds: Int64, anchor: Instant?)
        case calendar(Calendar)
        case once([Instant])
        case any([Rule])
        case all([Rule], within: Int64)
        case bounded(Rule, from: Instant?, through: Instant?)
        /// What it was made from cannot be a schedule, for this reason.
        case invalid(String)
    }

    struct Calendar: Hashable, Sendable {
        var count: Int
        var unit: CalendarIntervalSchedule.Unit
        var time: TimeOfDay
        var zone: String?
        var anchor: CivilDate
        var missingDay: CalendarIntervalSchedule.MissingDay
    }

    var rule: Rule

    // MARK: Making one

    /// A cron expression; what is wrong with it is said when the job is added.
    ///
    /// - Parameter zone: the name of the zone in which its times are meant.
    public static func cron(_ expression: String, in zone: String? = nil, dialect: Dialect = .vixie) -> JobSchedule {
        JobSchedule(rule: .cron(expression, SharedDialect.of(dialect), zone: zone))
    }

    /// Every so many seconds, also over clock changes: never shifted by when a run came or how long it took.
    ///
    /// - Parameter anchor: one of the fire times; without it the times whose Unix seconds the interval divides.
    public static func every(_ interval: Duration, from anchor: Instant? = nil) -> JobSchedule {
        let (seconds, rest) = interval.components
        guard seconds > 0, rest == 0 else { return JobSchedule(rule: .invalid("an interval has whole seconds, one at least: \(interval)")) }
        return JobSchedule(rule: .interval(seconds: seconds, anchor: anchor))
    }

    /// Every so many days, weeks, months or years, at a time of day.
    ///
    /// - Parameter anchor: fixes the rhythm and the day of the month; it is no first date.
    public static func every(
        _ count: Int, _ unit: CalendarIntervalSchedule.Unit, hour: Int = 0, minute: Int = 0, second: Int = 0, in zone: String? = nil,
        from anchor: CivilDate = .epoch, missingDay: CalendarIntervalSchedule.MissingDay = .skipped
    ) -> JobSchedule {
        guard let time = TimeOfDay(hour: hour, minute: minute, second: second) else {
            return JobSchedule(rule: .invalid("no clock shows \(hour):\(minute):\(second)"))
        }
        let calendar = Calendar(count: count, unit: unit, time: time, zone: zone, anchor: anchor, missingDay: missingDay)
        return JobSchedule(rule: .calendar(calendar))
    }

    /// Once, or at each of several times.
    public static func at(_ instants: Instant...) -> JobSchedule { JobSchedule(rule: .once(Set(instants).sorted())) }

    /// When any of them is.
    public static func any(_ schedules: [JobSchedule]) -> JobSchedule { JobSchedule(rule: .any(schedules.map(\.rule))) }

    /// When all of them have been within so long of each other; at the same second by default.
    public static func all(_ schedules: [JobSchedule], within threshold: Duration = .zero) -> JobSchedule {
        JobSchedule(rule: .all(schedules.map(\.rule), within: max(0, threshold.components.seconds)))
    }

    /// The same, but for fire times before a time.
    public func starting(at start: Instant) -> JobSchedule { bounded(from: start) }

    /// The same, but for fire times after a time.
    public func ending(at end: Instant) -> JobSchedule { bounded(through: end) }

    private func bounded(from start: Instant? = nil, through end: Instant? = nil) -> JobSchedule {
        guard case .bounded(let inner, let from, let through) = rule else {
            return JobSchedule(rule: .bounded(rule, from: start, through: end))
        }
        let first = [from, start].compactMap(\.self).max(), last = [through, end].compactMap(\.self).min()
        return JobSchedule(rule: .bounded(inner, from: first, through: last))
    }

    // MARK: What is asked of it

    /// Whether it is nothing but times that were named: those may lie in the past when the job is added.
    var firstNamedTime: Instant? {
        if case .once(let times) = rule { times.first } else { nil }
    }

    /// Whether there may be a last fire time.
    var mayEnd: Bool { rule.mayEnd }

    /// The same with a zone wherever none is named.
    func placed(in zone: String) -> JobSchedule { JobSchedule(rule: rule.placed(in: zone)) }

    /// The fire times after an instant, as they would be without a scheduler.
    public func fireTimes(after instant: Instant, in zone: Zone = .utc) throws(ScheduleFault) -> FireTimes<AnySchedule> {
        try compiled(seed: 0, zone: zone).fireTimes(after: instant)
    }
}

/// Why something is no schedule, for people.
public struct ScheduleFault: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

extension JobSchedule.Rule {
    var mayEnd: Bool {
        switch self {
        case .once: true
        case .bounded(let rule, _, let through): through != nil || rule.mayEnd
        case .any(let rules): rules.allSatisfy(\.mayEnd)
        case .all(let rules, _): rules.contains(where: \.mayEnd)
        // With a year; some dialects have it in the sixth field.
        case .cron(let text, _, _): text.split(whereSeparator: \.isWhitespace).count > 5
        case .interval, .calendar, .invalid: false
        }
    }

    func placed(in zone: String) -> Self {
        switch self {
        case .cron(let text, let dialect, nil): .cron(text, dialect, zone: zone)
        case .calendar(var calendar) where calendar.zone == nil:
            {
                calendar.zone = zone
                return .calendar(calendar)
            }()
        case .any(let rules): .any(rules.map { $0.placed(in: zone) })
        case .all(let rules, let threshold): .all(rules.map { $0.placed(in: zone) }, within: threshold)
        case .bounded(let rule, let from, let through): .bounded(rule.placed(in: zone), from: from, through: through)
        case .cron, .calendar, .interval, .once, .invalid: self
        }
    }
}

/// The dialect of an expression, one object for all that have it.
final class SharedDialect: Hashable, Sendable {
    let value: Dialect
    private static let vixie = SharedDialect(.vixie)

    private init(_ value: Dialect) { self.value = value }

    static func of(_ dialect: Dialect) -> SharedDialect { dialect == .vixie ? vixie : SharedDialect(dialect) }

    static func == (a: SharedDialect, b: SharedDialect) -> Bool { a === b || a.value == b.value }

    func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
