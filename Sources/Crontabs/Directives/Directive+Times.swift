internal import CronExpressions
internal import CronJobs

/// Whose times an entry has, and which of them count.
extension Directive {
    static let name = Directive(
        "name", sets: \.name,
        to: ValueForm("a letter or digit, then up to 63 letters, digits, `_` or `-`") { isName($0) ? .some($0) : nil },
        meaning: "the name that the job keeps when its line changes", otherwise: .words("an id made from the line"))

    static let tz = Directive(
        "tz", takes: "a time zone", meaning: "what the fields mean, in place of `CRON_TZ`", otherwise: .words("`CRON_TZ`")
    ) { value, directives, zones in
        do throws(ZoneLookup.Failure) {
            directives.zone = try zones.zone(named: value)
            return nil
        } catch {
            return .because(error.message, suggestion: error.suggestion)
        }
    }

    static let every = Directive(
        "every",
        sets: \.every,
        to: ValueForm("a duration of at least `1s` such as `90s`, `5m`, `1h30m`, `2d`", complete: NumberText.withSeconds) { text in
            DurationText.read(text).flatMap { $0 >= .seconds(1) ? .some($0) : nil }
        }, meaning: "replaces the fields, which then are `@every`", otherwise: .words("–"))

    static let after = Directive(
        "after", sets: \.after, to: ValueForm<Instant>.time(roundsUp: true).map { .some($0) },
        meaning: "earlier fire times do not count; one that equals it does", otherwise: .words("none"))

    static let until = Directive(
        "until", sets: \.until, to: ValueForm<Instant>.time(roundsUp: false).map { .some($0) },
        meaning: "later fire times do not count; one that equals it does", otherwise: .words("none"))

    static let jitter = Directive(
        "jitter", sets: \.policies.jitter, to: ValueForm<Duration>.duration.map { Jitter(limit: $0.components.seconds) },
        meaning: "each start is put off by less than that, the same for the same job and fire time", otherwise: .value("0s"))

    private static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, first.isLetter || first.isDigit, bytes.count <= 64 else { return false }
        return bytes.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }
}
