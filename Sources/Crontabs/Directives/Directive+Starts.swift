internal import CronExpressions
internal import CronJobs

/// Which fire times become runs, how late, and how often they are tried.
extension Directive {
    static let overlap = Directive(
        "overlap", sets: \.policies.overlap,
        to: ValueForm("`allow`, `skip`, `queue(n)` or `replace`") { text in
            switch text {
            case "allow": return .allow
            case "skip": return .skip
            case "replace": return .replace
            default: return call("queue", of: text).flatMap { NumberText.read($0, in: 1...10_000) }.map { .queue($0) }
            }
        },
        meaning:
            "a fire time comes while a run of this job is going: start beside it, not at all, after it (at most *n* wait), or in its place; a run "
            + "that ends within the last milliseconds before it (5 to 50, on SQLite) still counts as going", otherwise: .value("allow"))

    static let maxRunning = Directive(
        "max-running", sets: \.policies.maxRunning, to: .number(in: 1...1_000_000), meaning: "how many runs of this job at once",
        otherwise: .value("3000"))

    static let loadGate = Directive(
        "load-gate", sets: \.policies.loadGate,
        to: ValueForm("`psi(what, percent, give-up)` with `cpu`, `memory` or `io`, a number from 0 to 100 and a duration, or `none`") {
            text in
            text == "none" ? .some(nil) : gate(text).map { .some($0) }
        },
        meaning:
            "wait while some tasks waited for that in more than so much of the last ten seconds; after `give-up` the run is `skipped(load)`",
        otherwise: .value("none"))

    private static func gate(_ text: String) -> LoadGate? {
        guard let inner = call("psi", of: text) else { return nil }
        let words = inner.split(separator: ",", omittingEmptySubsequences: false).map { trimmed($0) }
        guard words.count == 3, let resource = LoadGate.Resource(rawValue: words[0]), let percent = NumberText.read(words[1], in: 0...100),
            let giveUp = DurationText.read(words[2]), giveUp > .zero
        else { return nil }
        return LoadGate(resource, percent: percent, giveUp: giveUp)
    }

    /// What stands between the parentheses of `name(…)`.
    private static func call(_ name: String, of text: String) -> Substring? {
        guard text.hasPrefix(name + "("), text.hasSuffix(")"), text.utf8.count > name.utf8.count + 2 else { return nil }
        return text.dropFirst(name.count + 1).dropLast()
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }

    static let grace = Directive(
        "grace", sets: \.policies.grace,
        to: ValueForm<Duration?>("a duration such as `90s`, `5m`, `1h30m`, `2d`, or `none`", complete: NumberText.withSeconds) { text in
            text == "none" ? .some(nil) : DurationText.read(text).map { .some($0) }
        }, meaning: "how late a run may start; `none` for any lateness", otherwise: .value("60s"))

    static let catchUp = Directive(
        "catch-up", sets: \.policies.catchUp,
        to: ValueForm("`none`, `last` or `all(n)`") { text in
            if text == "none" { return CatchUpPolicy.none }
            if text == "last" { return .last }
            guard text.hasPrefix("all("), text.hasSuffix(")"), text.utf8.count > 5 else { return nil }
            return NumberText.read(text.dropFirst(4).dropLast(), in: 1...1_000_000).map { .all(limit: $0) }
        }, meaning: "no run after an outage, one for all fire times that were missed, or one for each of the latest *n*",
        otherwise: .value("last"))

    static let attempts = Directive(
        "attempts", sets: \.policies.retry.attempts, to: .number(in: 1...1000, ", the first attempt included"),
        meaning: "how often a run is tried", otherwise: .value("1"))

    static let backoff = Directive(
        "backoff", sets: \.policies.retry.backoff,
        to: ValueForm("`fixed(d)` or `exponential(first, cap)` with durations such as `10s`, `5m`", read: retryBackoff),
        meaning: "how long after a failed attempt the next one is due", otherwise: .value("exponential(10s, 5m)"))

    @Sendable private static func retryBackoff(_ text: String) -> RetryPolicy.Backoff? {
        guard text.hasSuffix(")"), let open = text.firstIndex(of: "(") else { return nil }
        let values = text[text.index(after: open)...].dropLast().split(separator: ",", omittingEmptySubsequences: false).map {
            DurationText.read(trimmed($0))
        }
        switch (text[..<open], values.count) {
        case ("fixed", 1): return values[0].map { .fixed($0) }
        case ("exponential", 2):
            guard let first = values[0], let cap = values[1], first > .zero, first <= cap else { return nil }
            return .exponential(first: first, cap: cap)
        default: return nil
        }
    }
}
