/// A POSIX TZ string such as `CET-1CEST,M3.5.0,M10.5.0/3`: the rule at the end of TZif files, and a zone by itself.
struct PosixRule: Hashable, Sendable {
    /// A day of the year and a time of that day (which may be negative or beyond 24 hours) on the local clock before the change.
    struct Moment: Hashable, Sendable {
        enum Day: Hashable, Sendable {
            /// 1-365, February 29 never counted.
            case julian(Int)
            /// 0-365, February 29 counted.
            case dayOfYear(Int)
            case weekday(month: Int, week: Int, weekday: Int)
        }
        var day: Day
        var seconds: Int64

        /// Local seconds of this moment in a year.
        func localSeconds(in year: Int) -> Int64 {
            let newYear = CivilDate(year: year, month: 1, day: 1).dayNumber
            let number: Int
            switch day {
            case .julian(let n): number = newYear + n - 1 + (n >= 60 && CivilDate.isLeap(year) ? 1 : 0)
            case .dayOfYear(let n): number = newYear + n
            case .weekday(let month, let week, let weekday):
                let first = CivilDate(year: year, month: month, day: 1).dayNumber
                let skip = (weekday - CivilDate.weekday(ofDayNumber: first) + 7) % 7
                let day = skip + (week - 1) * 7
                number = first + (day < CivilDate.daysInMonth(month, of: year) ? day : day - 7)
            }
            return Int64(number) * 86_400 + seconds
        }
    }
    struct Summer: Hashable, Sendable {
        var kind: ZoneKind
        var begin: Moment
        var end: Moment
    }

    var standard: ZoneKind
    var summer: Summer?

    init?(_ bytes: some Collection<UInt8>) {
        var reader = PosixReader(bytes: Array(bytes))
        guard let name = reader.name(), let west = reader.time(limit: 24) else { return nil }
        standard = ZoneKind(offset: -west, abbreviation: name)
        if reader.atEnd { return }
        guard let summerName = reader.name() else { return nil }
        var offset = standard.offset + 3600
        if !reader.atEnd, !reader.next(is: ",") {
            guard let west = reader.time(limit: 24) else { return nil }
            offset = -west
        }
        var begin = Moment(day: .weekday(month: 3, week: 2, weekday: 0), seconds: 7200)
        var end = Moment(day: .weekday(month: 11, week: 1, weekday: 0), seconds: 7200)
        if !reader.atEnd {
            guard reader.take(","), let first = reader.moment(), reader.take(","), let second = reader.moment(), reader.atEnd
            else { return nil }
            (begin, end) = (first, second)
        }
        summer = Summer(kind: ZoneKind(offset: offset, abbreviation: summerName), begin: begin, end: end)
    }

    /// The changes of the rule from `after` (exclusive) to the last year of the calendar; kind 0 standard, kind 1 summer.
    func changes(after: Int64) -> [(start: Int64, isSummer: Bool)] {
        guard let summer else { return [] }
        let firstYear = min(max(CivilDate(dayNumber: floorDivide(after, by: 86_400).quotient).year - 1, 1800), 2500)
        var list: [(start: Int64, isSummer: Bool)] = []
        for year in firstYear...(Instant.lastYear + 1) {
            list.append((summer.begin.localSeconds(in: year) - Int64(standard.offset), true))
            list.append((summer.end.localSeconds(in: year) - Int64(summer.kind.offset), false))
        }
        list.sort { $0.start == $1.start ? !$0.isSummer && $1.isSummer : $0.start < $1.start }
        return list.filter { $0.start > after }
    }
}

/// Reads the pieces of a POSIX TZ string.
struct PosixReader {
    var bytes: [UInt8]
    var at = 0

    var atEnd: Bool { at >= bytes.count }
    private var byte: UInt8 { at < bytes.count ? bytes[at] : 0 }

    func next(is character: Unicode.Scalar) -> Bool { byte == UInt8(ascii: character) }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next(is: character) else { return false }
        at += 1
        return true
    }

    mutating func name() -> String? {
        let quoted = take("<")
        let start = at
        while at < bytes.count {
            let isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A
            let isQuotedSign = quoted && (byte >= 0x30 && byte <= 0x39 || next(is: "+") || next(is: "-"))
            guard isLetter || isQuotedSign else { break }
            at += 1
        }
        let name = bytes[start..<at]
        guard name.count >= 3, name.count <= 32, !quoted || take(">") else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    mutating func number(in range: ClosedRange<Int>) -> Int? {
        let start = at
        var value = 0
        while byte >= 0x30, byte <= 0x39, at - start < 6 {
            value = value * 10 + Int(byte - 0x30)
            at += 1
        }
        return at > start && range.contains(value) ? value : nil
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func time(limit: Int) -> Int32? {
        let negative = take("-")
        if !negative { _ = take("+") }
        guard let hours = number(in: 0...limit) else { return nil }
        var seconds = hours * 3600
        if take(":") {
            guard let minutes = number(in: 0...59) else { return nil }
            seconds += minutes * 60
            if take(":") {
                guard let rest = number(in: 0...59) else { return nil }
                seconds += rest
            }
        }
        return Int32(negative ? -seconds : seconds)
    }

    mutating func moment() -> PosixRule.Moment? {
        let day: PosixRule.Moment.Day
        if take("M") {
            guard let month = number(in: 1...12), take("."), let week = number(in: 1...5), take("."),
                let weekday = number(in: 0...6)
            else { return nil }
            day = .weekday(month: month, week: week, weekday: weekday)
        } else if take("J") {
            guard let n = number(in: 1...365) else { return nil }
            day = .julian(n)
        } else {
            guard let n = number(in: 0...365) else { return nil }
            day = .dayOfYear(n)
        }
        guard take("/") else { return PosixRule.Moment(day: day, seconds: 7200) }
        guard let seconds = time(limit: 167) else { return nil }
        return PosixRule.Moment(day: day, seconds: Int64(seconds))
    }
}
