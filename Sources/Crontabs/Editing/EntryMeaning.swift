internal import CronExpressions
internal import CronJobs

/// When an entry starts, in words: its fields, and what directives and `CRON_TZ` add to them.
struct EntryMeaning {
    private let schedule: ScheduleText
    private let dialect: Dialect
    private let every: Int64?
    private let zone: String?
    private let directives: DirectiveTexts

    init?(_ entry: EditableEntry) {
        guard let meaning = entry.meaning else { return nil }
        schedule = entry.schedule
        dialect = entry.table.dialect
        every = meaning.directives.every?.components.seconds
        zone = meaning.timing.schedule == nil ? nil : meaning.zoneName
        directives = entry.directives
    }

    func text(in language: ExplanationLanguage) -> String? {
        guard let base = every.map({ Self.every($0, language) }) ?? schedule.description(in: language, dialect: dialect) else { return nil }
        switch language {
        case .english:
            return base + (directives["after"].map { ", from \($0) on" } ?? "") + (directives["until"].map { ", until \($0)" } ?? "")
                + (directives["jitter"].map { ", up to \($0) later" } ?? "") + (every == nil ? zone.map { " (\($0))" } ?? "" : "")
        case .chinese:
            return base + (directives["after"].map { "，自 \($0) 起" } ?? "") + (directives["until"].map { "，至 \($0) 止" } ?? "")
                + (directives["jitter"].map { "，最多推迟 \($0)" } ?? "") + (every == nil ? zone.map { "（\($0) 时间）" } ?? "" : "")
        }
    }

    /// In the largest unit that is whole.
    private static func every(_ seconds: Int64, _ language: ExplanationLanguage) -> String {
        let unit: (length: Int64, english: String, chinese: String) =
            seconds % 3600 == 0 ? (3600, "hour", "小时") : seconds % 60 == 0 ? (60, "minute", "分钟") : (1, "second", "秒")
        let count = seconds / unit.length
        switch language {
        case .english: return count == 1 ? "Every \(unit.english)" : "Every \(count) \(unit.english)s"
        case .chinese: return count == 1 ? "每\(unit.chinese)" : "每 \(count) \(unit.chinese)"
        }
    }
}
