extension CronExpression {
    /// What is legal but probably not what was meant, as far as the text alone tells.
    public var warnings: [Diagnostic] { advice.map { $0.diagnostic() } }

    /// What else there is to say about fire times after an instant; what the text alone tells is in `advice`.
    ///
    /// - Parameter schedule: one that this expression made: it has the zone and the drawn values.
    public func advice(for schedule: CronSchedule, after now: Instant) -> [Advice] {
        guard !isStartup, !schedule.neverFires, let plain = spelledOut else { return [] }
        guard schedule.next(after: now) != nil else { return [Advice(.allPast, range: whole)] }
        var list = UnevenStep.advice(plain.fields, schedule, text: text)
        list += ClockChangeAdvice(schedule: schedule, range: timeRange).list(after: now)
        if schedule.startsOnCrowdedMinute { list.append(Advice(.crowdedMinute(instead: plain.spread), range: minuteRange)) }
        if fields.count > 5, dialect.lineCounts == [5] {
            list.append(Advice(.notForCrontabs(count: fields.count, five: fiveFields), range: whole))
        }
        return list
    }

    private var whole: Range<Int> {
        guard let first = fields.first, let last = fields.last else { return 0..<text.utf8.count }
        return first.range.lowerBound..<last.range.upperBound
    }

    /// Where the times of day stand.
    private var timeRange: Range<Int> {
        guard let first = fields.first, let hour = fields.first(where: { $0.kind == .hour }) else { return whole }
        return first.range.lowerBound..<hour.range.upperBound
    }

    private var minuteRange: Range<Int> { fields.first { $0.kind == .minute }?.range ?? whole }

    /// The same with a drawn minute.
    private var spread: String {
        let texts = text.split(separator: " ")
        return zip(fields, texts).map { $0.kind == .minute ? "~" : String($1) }.joined(separator: " ")
    }
}

extension CronSchedule {
    /// Second 0 of minute 0, of midnight or of most hours: when the jobs of the whole world start.
    var startsOnCrowdedMinute: Bool {
        startsOnFullHour && (hours == 1 || hours.nonzeroBitCount >= 12)
    }

    /// All its times are full hours.
    public var startsOnFullHour: Bool { minutes == 1 && secondsMask == 1 && !neverFires }
}
