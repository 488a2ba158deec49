// One time, as a person writes it: `14:30`, `tomorrow 9:00`, `+10m`, `2027-01-31 12:00 Europe/Berlin`, an RFC 3339 time.
//
//     [ day ]  time of day  [ zone ]        day: today, tomorrow, yesterday, a weekday, a date; without it any day fits
//     +10m   -10m   now                     from now on, or back
//     2027-01-31T12:00:00+01:00             RFC 3339
//
// What names a day has one meaning. Without a day, or with a weekday, it is the nearest such time: the next one for what is to come, the latest
// one for what has been. A clock that is changed is met as a fixed job meets it (DIALECT 9): a time that is shown twice counts where it is shown
// first, one that is skipped is the first moment after the gap, and a gap of three hours or more loses it.

/// Why a text names no time, or none that can be meant.
public struct TimeFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// In words, without the text itself.
    public var description: String
    /// The text can be read, and there is no such time: the clocks skip it, or it is beyond the calendar.
    public var isOfTime: Bool

    init(_ description: String, isOfTime: Bool = false) {
        self.description = description
        self.isOfTime = isOfTime
    }
}

/// A time that somebody wrote, and what it means.
public struct TimeWords: Hashable, Sendable {
    /// Where the nearest one of several is looked for.
    public enum Direction: Hashable, Sendable {
        /// After now.
        case ahead
        /// Up to now.
        case back
    }

    public let instant: Instant
    /// The zone that the text names, or the one that it was read in.
    public let zone: Zone
    /// It was told as a distance from now.
    public let isRelative: Bool

    /// - Parameters:
    ///   - zone: what the text means where it names no zone.
    ///   - zones: where named zones are looked up.
    public init(
        _ text: String, now: Instant, direction: Direction, zone: Zone, zones: ZoneDatabase = .system
    ) throws(TimeFault) {
        let words = text.split { $0 == " " || $0 == "\t" }.map(String.init)
        guard text.utf8.count <= 200, (1...3).contains(words.count) else { throw .notATime(direction) }
        isRelative = words.count == 1 && Self.distance(words[0]) != nil
        if words.count == 1, let distance = Self.distance(words[0]) {
            (instant, self.zone) = (now.adding(distance), zone)
        } else if words.count == 1, let moment = Self.moment(words[0], direction) {
            (instant, self.zone) = (moment, zone)
        } else {
            let civil = try Reader(words, direction, zone, zones).civil
            instant = try civil.instant(now: now, direction)
            self.zone = civil.shown
        }
        guard instant < .endOfCalendar, instant.seconds >= Instant.earliestLocal else {
            throw TimeFault("this is outside the years 1 to \(Instant.lastYear)", isOfTime: true)
        }
    }

    /// Seconds from now; nil for what is no distance.
    private static func distance(_ word: String) -> Int64? {
        if word.lowercased() == "now" { return 0 }
        guard let sign = word.first, sign == "+" || sign == "-" else { return nil }
        guard let length = DurationText.read(String(word.dropFirst()))?.components.seconds else { return nil }
        return sign == "+" ? length : -length
    }

    /// An RFC 3339 time. Ahead of us a fraction moves it to the next whole second: nothing comes early.
    private static func moment(_ word: String, _ direction: Direction) -> Instant? {
        guard let floor = Instant(rfc3339: word) else { return nil }
        guard direction == .ahead, let point = word.utf8.firstIndex(of: UInt8(ascii: ".")) else { return floor }
        let fraction = word.utf8[word.utf8.index(after: point)...].prefix { (0x30...0x39).contains($0) }
        return fraction.allSatisfy { $0 == 0x30 } ? floor : floor + 1
    }
}

// MARK: - What the words say

/// A time of day on some day, in a zone.
private struct CivilWords {
    enum Day {
        case any
        /// Days from today.
        case near(Int)
        /// 0 is Sunday.
        case weekday(Int)
        case date(CivilDate)
    }

    /// More days than any zone leaves out, and a week.
    private static let reach = 16

    var day: Day
    /// Since midnight.
    var second: Int64
    var zone: Zone
    /// The zone in which people are to be shown it.
    var shown: Zone

    func instant(now: Instant, _ direction: TimeWords.Direction) throws(TimeFault) -> Instant {
        let today = floorDivide(now.clamped.seconds + Int64(zone.offset(at: now)), by: 86_400).quotient
        switch day {
        case .near(let days): return try only(on: today + days)
        case .date(let date): return try only(on: date.dayNumber)
        case .any: return try nearest(to: today, now, direction, weekday: nil)
        case .weekday(let weekday): return try nearest(to: today, now, direction, weekday: weekday)
        }
    }

    private func passing(on day: Int) -> Passing { Passing(of: Int64(day) * 86_400 + second, in: zone) }

    private func only(on day: Int) throws(TimeFault) -> Instant {
        let passing = passing(on: day)
        guard !passing.isLost else {
            throw TimeFault("the clocks of \(zone.identifier) skip that time: they are put forward by hours then", isOfTime: true)
        }
        return passing.instant
    }

    private func nearest(
        to today: Int, _ now: Instant, _ direction: TimeWords.Direction, weekday: Int?
    ) throws(TimeFault) -> Instant {
        for distance in 0...Self.reach {
            let day = direction == .ahead ? today + distance : today - distance
            if let weekday, CivilDate.weekday(ofDayNumber: day) != weekday { continue }
            let passing = passing(on: day)
            if !passing.isLost, direction == .ahead ? passing.instant > now : passing.instant <= now { return passing.instant }
        }
        throw TimeFault("there is no such time near now", isOfTime: true)
    }
}

/// Reads the words of a time of day, its day and its zone.
private struct Reader {
    private(set) var civil: CivilWords

    init(_ words: [String], _ direction: TimeWords.Direction, _ zone: Zone, _ zones: ZoneDatabase) throws(TimeFault) {
        var words = words[...]
        // `2027-01-31T12:00`
        if let first = words.first, let mark = first.firstIndex(where: { $0 == "T" || $0 == "t" }), Self.date(first[..<mark]) != nil {
            words = [String(first[..<mark]), String(first[first.index(after: mark)...])] + words.dropFirst()
        }
        var day = CivilWords.Day.any
        if let first = words.first, let named = try Self.day(first) {
            day = named
            words = words.dropFirst()
        }
        guard let word = words.popFirst() else { throw TimeFault("a time of day is missing, such as 14:30") }
        guard let (second, suffix) = Self.timeOfDay(word) else { throw Self.fault(of: word, direction) }
        civil = CivilWords(day: day, second: second, zone: zone, shown: zone)
        guard let name = suffix.isEmpty ? words.popFirst() : String(suffix) else { return }
        guard words.isEmpty else { throw .notATime(direction) }
        if let offset = Self.offset(name) {
            civil.zone = Zone(ZoneStorage(identifier: name, kinds: [ZoneKind(offset: offset, abbreviation: name)], changes: []))
        } else if suffix.isEmpty {
            do {
                civil.zone = try zones.zone(named: name)
                civil.shown = civil.zone
            } catch {
                throw TimeFault(error.description)
            }
        } else {
            throw Self.fault(of: word, direction)
        }
    }

    /// A time of day, and what stands behind it: an offset from UTC, or what is none.
    private static func timeOfDay(_ word: String) -> (second: Int64, suffix: Substring)? {
        let end = word.firstIndex { !$0.isASCII || !($0.isNumber || $0 == ":") } ?? word.endIndex
        let parts = word[..<end].split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), (1...2).contains(parts[0].utf8.count), parts.dropFirst().allSatisfy({ $0.utf8.count == 2 })
        else { return nil }
        let numbers = parts.compactMap { Int($0) }
        guard numbers.count == parts.count,
            let time = TimeOfDay(hour: numbers[0], minute: numbers[1], second: numbers.count > 2 ? numbers[2] : 0)
        else { return nil }
        return (Int64(time.seconds), word[end...])
    }

    /// Seconds east of UTC: `Z`, `+01:00`.
    private static func offset(_ text: String) -> Int32? {
        if text == "Z" || text == "z" { return 0 }
        let bytes = Array(text.utf8)
        guard bytes.count == 6, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"), bytes[3] == UInt8(ascii: ":"),
            let time = timeOfDay(String(text.dropFirst())), time.suffix.isEmpty
        else { return nil }
        return Int32(bytes[0] == UInt8(ascii: "-") ? -time.second : time.second)
    }

    private static func day(_ word: String) throws(TimeFault) -> CivilWords.Day? {
        switch word.lowercased() {
        case "today": return .near(0)
        case "tomorrow": return .near(1)
        case "yesterday": return .near(-1)
        case let name:
            let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
            if let weekday = days.firstIndex(where: { $0 == name || $0.prefix(3) == name }) { return .weekday(weekday) }
            guard let date = date(word[...]) else { return nil }
            guard let date = CivilDate(date[0], date[1], date[2]) else { throw TimeFault("there is no day \(word)") }
            return .date(date)
        }
    }

    /// Year, month and day, whether there is such a day or not.
    private static func date(_ text: Substring) -> [Int]? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2], text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") })
        else { return nil }
        return parts.compactMap { Int($0) }
    }

    /// What is probably meant by a word that should be a time of day.
    private static func fault(of word: String, _ direction: TimeWords.Direction) -> TimeFault {
        let folded = word.lowercased()
        if folded.hasPrefix("24:00") { return TimeFault("a day ends at 23:59: write 0:00 of the day after it") }
        let digits = folded.prefix { ("0"..."9").contains($0) || $0 == ":" }
        let parts = digits.split(separator: ":")
        if folded.hasSuffix("am") || folded.hasSuffix("pm"), let hour = parts.first.flatMap({ Int($0) }), (1...12).contains(hour) {
            let hours = hour % 12 + (folded.hasSuffix("pm") ? 12 : 0)
            return TimeFault("hours count from 0 to 23: write \(hours):\(parts.count > 1 ? String(parts[1]) : "00")")
        }
        return .notATime(direction)
    }
}

extension TimeFault {
    fileprivate static func notATime(_ direction: TimeWords.Direction) -> TimeFault {
        let (day, distance) = direction == .ahead ? ("tomorrow 9:00", "+10m") : ("yesterday 9:00", "-10m")
        return TimeFault(
            "this is no time; write it like 14:30, '\(day)', '\(day) Europe/Berlin', \(distance) or 2027-01-31T14:30:00Z")
    }
}
