internal import CronExpressions
internal import CronJobs

/// Schedules that directives make or bound: `every=`, `after=`, `until=`, `jitter=`.
extension TableParser {
    /// How many words a nickname has: two for `@every 90s` below an `every=`, as other schedulers write it.
    func nicknameWords(_ text: Range<Int>) -> Int {
        guard block.directives.every != nil else { return 1 }
        var start = text.lowerBound
        if start < text.upperBound, bytes[start] == UInt8(ascii: "-") { start += 1 }
        let end = bytes.skipWord(start, text.upperBound)
        return isEvery(start..<end) && duration(after: end, text.upperBound) != nil ? 2 : 1
    }

    /// Whether the first word is `@every`.
    func isEvery(_ schedule: Range<Int>) -> Bool {
        bytes.hasPrefix("@every", at: schedule.lowerBound, schedule.upperBound)
            && bytes.skipWord(schedule.lowerBound, schedule.upperBound) == schedule.lowerBound + 6
    }

    func duration(after start: Int, _ end: Int) -> (text: String, value: Duration)? {
        let word = bytes.skipBlanks(start, end)
        guard word > start else { return nil }
        let text = bytes.text(word..<bytes.skipWord(word, end))
        return DurationText.read(text).map { (text, $0) }
    }

    /// `@every` with no `every=` above it.
    mutating func lacksEvery(_ parts: EntryParts, _ line: Line) {
        let written = duration(after: parts.schedule.upperBound, line.range.upperBound)?.text ?? "90s"
        bad(
            line,
            LineFault(
                "@every does not say how often: that stands in a directive above it", at: parts.schedule,
                expected: "the directive every= in the line above", suggestion: "# crond: every=\(written)"))
    }

    /// When an entry with directives starts.
    mutating func directedTiming(_ parts: inout EntryParts, _ line: Line) -> Job.Timing? {
        let directives = block.directives
        let found = if let interval = directives.every { every(&parts, interval, line) } else { timing(parts, line) }
        guard let timing = found else { return nil }
        guard let schedule = timing.schedule else {
            guard block.names(.after, .until, .jitter) else { return timing }
            bad(
                line,
                LineFault(
                    "after=, until= and jitter= have no meaning for @reboot, which has no fire times", at: parts.schedule,
                    expected: "fields, or @reboot without them"))
            return nil
        }
        guard directives.after != nil || directives.until != nil else { return timing }
        let bounded = bounded(timing, schedule, directives)
        if schedule.first(from: Instant(.min)) != nil, bounded.first(from: Instant(.min)) == nil {
            reports.add(
                .warning,
                LineFault("no fire time lies between the bounds of after= and until=, so this never runs", at: parts.schedule), in: line)
        }
        return .other(bounded)
    }

    private func bounded(_ timing: Job.Timing, _ schedule: AnySchedule, _ directives: Directives) -> AnySchedule {
        if case .cron(let cron) = timing { return AnySchedule(BoundedSchedule(cron, from: directives.after, through: directives.until)) }
        return AnySchedule(BoundedSchedule(schedule, from: directives.after, through: directives.until))
    }

    private mutating func every(_ parts: inout EntryParts, _ interval: Duration, _ line: Line) -> Job.Timing? {
        let seconds = interval.components.seconds
        guard isEvery(parts.schedule) else {
            bad(
                line,
                LineFault(
                    "every= stands above this schedule, which says something else", at: parts.schedule,
                    expected: "@every in place of the schedule", suggestion: "@every"))
            return nil
        }
        if let written = duration(after: parts.schedule.lowerBound + 6, parts.schedule.upperBound), written.value != interval {
            bad(
                line,
                LineFault(
                    "@every \(written.text) is not what every= above it says", at: parts.schedule,
                    expected: "the same duration, or none", suggestion: "@every"))
            return nil
        }
        guard let schedule = IntervalSchedule(every: seconds) else {
            bad(line, LineFault("every= is not a possible interval", at: parts.schedule))
            return nil
        }
        parts.every = seconds
        return .other(AnySchedule(schedule))
    }
}
