internal import CronExpressions
internal import CronJobs

/// What is told to others about a job.
extension Directive {
    static let notify = Directive(
        "notify", sets: \.policies.notify,
        to: ValueForm("`every`, `first`, `change`, or a number from 2 to 10000") { text in
            switch text {
            case "every": .every
            case "first": .first
            case "change": .change
            default: NumberText.read(text, in: 2...10_000).map { .each($0) }
            }
        },
        meaning:
            "which failures in a row are an event: each, the first, the first and the success that ends them, or besides these each *n*-th",
        otherwise: .value("change"))

    static let lateAfter = Directive(
        "late-after", sets: \.policies.lateAfter,
        to: ValueForm("a duration such as `90s`, `5m`, or `none`", complete: NumberText.withSeconds) { text in
            text == "none" ? .some(nil) : DurationText.read(text).map { .some($0) }
        }, meaning: "a start that is later than this is an event of its own", otherwise: .value("none"))
}
