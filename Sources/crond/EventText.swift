internal import CronExpressions
internal import CronJobs

/// An event as a line for people: when, what, which run or job, and what there is to say about it.
struct EventText {
    private let event: ControlEvent
    private let zone: Zone
    private let isColored: Bool

    /// - Parameter event: with every text of it in sight.
    init(_ event: ControlEvent, zone: Zone, isColored: Bool) {
        self.event = event
        self.zone = zone
        self.isColored = isColored
    }

    var line: String {
        let subject = event.run?.description ?? event.job?.description
        let kind = event.kind.rawValue
        let padding = String(repeating: " ", count: max(0, 15 - kind.utf8.count))
        let words = ([subject] + details).compactMap { $0 }.joined(separator: "  ")
        return "\(time(event.at))  \(tone.applied(to: kind, isColored: isColored))\(padding) \(words)"
    }

    private var details: [String?] {
        [
            event.attempt.flatMap { $0 > 1 || event.kind == .retry ? "attempt \($0)" : nil }, event.outcome?.description,
            event.revision.map { "revision \($0)" },
            event.count.flatMap { event.kind == .table ? Count.of($0, "job") + " changed" : $0 > 1 ? Count.of($0, "fire time") : nil },
            event.due.map { (event.kind == .retry ? "due " : "until ") + time($0) }, event.reason, event.by.map { "by \($0)" },
        ]
    }

    private var tone: Tone {
        guard let outcome = event.outcome else { return event.kind == .storeFailed || event.kind == .unconfirmed ? .bad : .plain }
        return outcome.isFailure ? .bad : outcome == .succeeded ? .good : .plain
    }

    /// In the zone of whoever reads: `2026-11-27 10:05:00.012 CET`.
    private func time(_ moment: WallTime) -> String {
        let instant = moment.instant
        let text = instant.rfc3339(in: zone)
        let milliseconds = (moment.nanoseconds - WallTime(instant).nanoseconds) / 1_000_000
        let digits = String(milliseconds + 1000).dropFirst()
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)).\(digits) \(zone.abbreviation(at: instant))"
    }
}
