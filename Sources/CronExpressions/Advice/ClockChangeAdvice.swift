/// What the coming changes of the zone's offset do to a schedule (DIALECT 9).
///
/// Looked at are the changes of the next 400 days: the first that skips a time of the schedule, and the first that repeats one. A schedule that runs
/// in every hour of the day just goes on in either case, so nothing is said about it.
struct ClockChangeAdvice {
    let schedule: CronSchedule
    let range: Range<Int>

    private static let horizon: Int64 = 400 * 86_400

    func list(after now: Instant) -> [Advice] {
        guard schedule.hours != 0xFF_FFFF else { return [] }
        let segments = schedule.zone.storage.segments
        var skipped: Advice?
        var repeated: Advice?
        var index = schedule.zone.storage.index(at: now.seconds) + 1
        while index < segments.count, segments[index].start < now.seconds &+ Self.horizon, skipped == nil || repeated == nil {
            let (before, after) = (segments[index - 1], segments[index])
            if after.offset > before.offset {
                skipped = skipped ?? skip(before, after)
            } else {
                repeated = repeated ?? repetition(before, after)
            }
            index += 1
        }
        return [skipped, repeated].compactMap { $0 }
    }

    private func skip(_ before: ZoneSegment, _ after: ZoneSegment) -> Advice? {
        let low = after.start &+ before.offset
        guard let moment = moment(from: low, to: after.localStart, change: after, before.offset) else { return nil }
        var start: String?
        if schedule.flags.contains(.fixed), schedule.catchesUp(at: after) { start = clock(after.localStart) }
        return Advice(.skipped(moment, start: start), range: range)
    }

    private func repetition(_ before: ZoneSegment, _ after: ZoneSegment) -> Advice? {
        let high = after.start &+ before.offset
        guard let moment = moment(from: after.localStart, to: high, change: after, before.offset) else { return nil }
        let again = !schedule.flags.contains(.fixed) || after.floor <= after.localStart
        return Advice(.repeated(moment, startsTwice: again), range: range)
    }

    /// The first time of the schedule in a stretch of the local clock.
    private func moment(from low: Int64, to high: Int64, change: ZoneSegment, _ oldOffset: Int64) -> Advice.ClockMoment? {
        let first = schedule.firstMatch(from: low, before: high)
        guard first < high else { return nil }
        let minuteAfter = (first / 60 &+ 1) &* 60
        let day = CivilTime(localSeconds: first)
        return Advice.ClockMoment(
            zone: schedule.zone.identifier,
            date: "\(day.year)-\(TimeShape.two(day.month))-\(TimeShape.two(day.day))", from: clock(change.start &+ oldOffset),
            to: clock(change.localStart), time: clock(first), more: schedule.firstMatch(from: minuteAfter, before: high) < high)
    }

    private func clock(_ local: Int64) -> String {
        let time = CivilTime(localSeconds: local)
        let seconds = time.second == 0 ? "" : ":" + TimeShape.two(time.second)
        return TimeShape.clock(time.hour * 60 + time.minute) + seconds
    }
}
