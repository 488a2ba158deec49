internal import ArgumentParser
internal import CronExpressions
internal import CronJobs

/// Times as somebody at a terminal reads them: on the clock of one zone, as seen from now.
struct ClockText {
    let zone: Zone
    let now: Instant

    /// With zone and date: `2026-11-27 03:00 CET`; seconds where there are any.
    func full(_ time: Instant) -> String { "\(date(time.civil(in: zone))) \(ofDay(time)) \(abbreviation(time))" }

    /// As short as can be understood now: `10:05`, `today 03:00`, `Fri 03:00`, `26 Nov 03:00`, `2025-11-26 03:00`.
    func near(_ time: Instant) -> String {
        let there = time.civil(in: zone), here = now.civil(in: zone)
        // Where the clock changes, one time of day may come twice.
        let isUnclear = zone.offset(at: time - 10_800) != zone.offset(at: time + 10_800)
        let ofDay = ofDay(time) + (isUnclear ? " " + abbreviation(time) : "")
        if (there.year, there.month, there.day) == (here.year, here.month, here.day) {
            return abs(time - now) < 3600 ? ofDay : "today \(ofDay)"
        }
        if abs(time - now) < 6 * 86_400 { return "\(Self.weekdays[there.weekday]) \(ofDay)" }
        return there.year == here.year ? "\(there.day) \(Self.months[there.month - 1]) \(ofDay)" : "\(date(there)) \(ofDay)"
    }

    /// `28 Nov 03:00`: with a date, the year only where it is another.
    func dated(_ time: Instant) -> String {
        let there = time.civil(in: zone)
        let isThisYear = there.year == now.civil(in: zone).year
        return (isThisYear ? "\(there.day) \(Self.months[there.month - 1])" : date(there)) + " " + ofDay(time)
    }

    /// `in 18h`, `2m ago`, `now`.
    func relative(_ time: Instant) -> String {
        let seconds = time - now
        return seconds == 0 ? "now" : seconds > 0 ? "in \(SpanText.rough(.seconds(seconds)))" : "\(SpanText.rough(.seconds(-seconds))) ago"
    }

    /// `10:03`, `10:03:30`.
    func ofDay(_ time: Instant) -> String {
        let there = time.civil(in: zone)
        return "\(two(there.hour)):\(two(there.minute))" + (there.second == 0 ? "" : ":\(two(there.second))")
    }

    /// `CET`; zones without letters show their offset: `+03`.
    func abbreviation(_ time: Instant) -> String { zone.abbreviation(at: time) }

    /// The zone in which all times of an answer stand, at its end.
    var note: String { "Times in \(abbreviation(now))." }

    /// A time that somebody wrote about the past, `2h` being two hours ago; leaves with 64 where it is none, and with 65 where there is no such time.
    func past(_ text: String, option: String = "") -> Instant {
        if let distance = DurationText.read(text) { return now - distance.wholeSeconds }
        do {
            return try TimeWords(text, now: now, direction: .back, zone: zone, zones: Surroundings.zones).instant
        } catch {
            Output.fail(error.isOfTime ? 65 : 64, "\(option)'\(VisibleText.shown(text))': \(error)")
        }
    }

    private func date(_ civil: CivilTime) -> String { "\(civil.year)-\(two(civil.month))-\(two(civil.day))" }

    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}

/// In which zone a verb shows times, and reads those that name none.
struct ShownZone: ParsableArguments {
    @Option(help: "Time zone of the times that are shown and read. (CROND_TZ; else TZ and /etc/localtime)")
    var tz: String?

    /// A name that is none is told before a part of the answer is shown. (TZ that is none is only told where times are.)
    func validate() { if Settings(environment: Surroundings.environment).text(tz, "CROND_TZ") != nil { _ = clock } }

    /// By this machine's clock.
    var clock: ClockText { clockAhead(by: .zero) }

    /// By the clock of a service, which may be that of a store elsewhere.
    ///
    /// - Parameter difference: that clock minus this machine's.
    func clockAhead(by difference: Duration) -> ClockText {
        ClockText(zone: Surroundings.zone(tz), now: Surroundings.time(ahead: difference))
    }
}
