internal import CronExpressions
internal import CronJobs

/// How long a run may last, how it is ended, and what counts as a success.
extension Directive {
    static let timeout = Directive(
        "timeout", sets: \.policies.timeout,
        to: ValueForm("a duration of at least `1s` such as `90s`, `5m`, `1h30m`, or `none`", complete: NumberText.withSeconds) { text in
            text == "none" ? .some(nil) : DurationText.read(text).flatMap { $0 >= .seconds(1) ? .some($0) : nil }
        }, meaning: "how long an attempt may last; then it is ended and its outcome is `timedOut`", otherwise: .value("none"))

    static let killAfter = Directive(
        "kill-after", sets: \.policies.killAfter, to: .duration,
        meaning: "how long after TERM a run that is to end gets KILL, with all its group", otherwise: .value("10s"))

    static let successCodes = Directive(
        "success-codes", sets: \.policies.successCodes,
        to: ValueForm("exit codes from 0 to 255, separated by commas") { text in
            let codes = text.split(separator: ",", omittingEmptySubsequences: false).map { word in
                NumberText.read(word.trimmed, in: 0...255).map { UInt8($0) }
            }
            let known = codes.compactMap(\.self)
            return known.count == codes.count ? ExitCodes(known) : nil
        }, meaning: "which of them are a success; 0 only if it is among them", otherwise: .value("0"))

    static let linger = Directive(
        "linger", sets: \.policies.linger, to: .words(["keep": .keep, "kill": .kill]),
        meaning: "what becomes of processes that are left when the run has ended by itself", otherwise: .value("keep"))

    static let onStop = Directive(
        "on-stop", sets: \.policies.onStop, to: .words(["finish": .finish, "cancel": .cancel, "abandon": .abandon]),
        meaning: "the service ends: the run may go on for `--drain`, is ended at once, or is left alone", otherwise: .value("finish"))
}

extension Substring {
    fileprivate var trimmed: Substring {
        let start = drop { $0 == " " }
        return start.dropLast(start.reversed().prefix { $0 == " " }.count)
    }
}
