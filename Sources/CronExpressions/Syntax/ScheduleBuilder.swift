/// Folds items into the masks of a schedule.
struct ScheduleBuilder {
    private var seconds: UInt64 = 0
    private var minutes: UInt64 = 0
    private var hours: UInt64 = 0
    private var days: UInt64 = 0
    private var months: UInt64 = 0
    private var weekdays: UInt64 = 0
    private var special = DayRules()
    /// The day 0 of dialects that count the days of a month from there is named, too.
    private var namesDayZero = false
    private(set) var draws: UInt64 = 0
    /// Draw the end of every range: the value that a month is most likely not to have. Warnings must not depend on luck.
    var drawsHighest = false
    /// Whether the day fields join with AND.
    var bothDays = false
    /// Whether the clock rules for fixed jobs hold.
    var isFixed = true

    /// Adds one item of a field; `seed` draws the values of `a~b`.
    @inline(__always)
    mutating func add(_ item: CronItem, to kind: FieldKind, seed: UInt64) {
        switch item {
        case .every(let step):
            insert(from: kind.lowest, to: kind.last, step: step, kind)
            if step == 1, kind == .dayOfMonth { namesDayZero = true }
        case .range(let from, let to, let step):
            insert(from: from, to: to, step: step, kind)
        case .any:
            insert(from: kind.lowest, to: kind.last, step: 1, kind)
            if kind == .dayOfMonth { namesDayZero = true }
        case .dates(let mask):
            days |= UInt64(mask & ~1)
            if mask & 1 == 1 { namesDayZero = true }
        case .random(let from, let to):
            let drawn = from &+ Int(truncatingIfNeeded: draw(kind, seed) % UInt64(to &- from &+ 1))
            let value = drawsHighest ? to : drawn
            insert(from: value, to: value, step: 1, kind)
        case .lastDay(let before): special.beforeLast |= 1 << UInt32(before)
        case .lastWorkday(let before): special.workdayBeforeLast |= 1 << UInt32(before)
        case .nearestWorkday(let day): special.nearestWorkday |= 1 << UInt32(day)
        case .nth(let weekday, let ordinal): special.ordinals |= 1 << UInt64(ordinal &* 8 &+ weekday)
        case .last(let weekday): special.ordinals |= 1 << UInt64(weekday)
        }
    }

    /// A number that depends on the seed, the field and the place in the field only (splitmix64).
    private mutating func draw(_ kind: FieldKind, _ seed: UInt64) -> UInt64 {
        draws &+= 1
        var z = seed &+ 0x9E37_79B9_7F4A_7C15 &* (UInt64(kind.rawValue) &* 64 &+ draws)
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    @inline(__always)
    private mutating func insert(from: Int, to: Int, step: Int, _ kind: FieldKind) {
        if kind == .year {
            if special.years == nil { special.years = YearSet() }
            var year = from
            while year <= to {
                special.years?.insert(year)
                year &+= step
            }
            return
        }
        var mask: UInt64 = 0
        if step == 1 {
            mask = (UInt64.max >> UInt64(63 &- min(to &- from, 63))) &<< UInt64(from)
            if to > kind.last { mask = Self.wrap(from: from, to: to, step: 1, kind) }
        } else if to <= kind.last {
            var value = from
            while value <= to {
                mask |= 1 &<< UInt64(value)
                value &+= step
            }
        } else {
            mask = Self.wrap(from: from, to: to, step: step, kind)
        }
        switch kind {
        case .second: seconds |= mask
        case .minute: minutes |= mask
        case .hour: hours |= mask
        case .dayOfMonth: days |= mask
        case .month: months |= mask
        case .dayOfWeek: weekdays |= mask
        case .year: break
        }
    }

    /// A range that goes past the field's end and on from its beginning.
    private static func wrap(from: Int, to: Int, step: Int, _ kind: FieldKind) -> UInt64 {
        var mask: UInt64 = 0
        var value = from
        while value <= to {
            mask |= 1 << UInt64((value &- kind.lowest) % kind.size &+ kind.lowest)
            value &+= step
        }
        return mask
    }

    /// Whether the day of month names every value, the day 0 included.
    var namesEveryDate: Bool { namesDayZero && !leavesOutDates }
    var leavesOutDates: Bool { days != 0xFFFF_FFFE }
    var leavesOutWeekdays: Bool { weekdays != 0x7F }

    /// The schedule; a search for an impossible date happens here, once.
    @inline(__always)
    func finish(zone: Zone) -> CronSchedule {
        var rules = special
        if seconds != 0 { rules.seconds = seconds }
        var flags: CronSchedule.Flags = []
        if bothDays { flags.insert(.bothDays) }
        if isFixed { flags.insert(.fixed) }
        var schedule = CronSchedule(
            minutes: minutes, hours: UInt32(truncatingIfNeeded: hours), daysOfMonth: UInt32(truncatingIfNeeded: days),
            months: UInt16(truncatingIfNeeded: months), weekdays: UInt8(truncatingIfNeeded: weekdays), flags: flags,
            extras: rules.isOrdinary ? nil : Extras(rules), zone: zone)
        if schedule.isImpossible { schedule.flags.insert(.never) }
        return schedule
    }
}

extension CronSchedule {
    /// Whether no day of any year can match.
    var isImpossible: Bool {
        let early = daysOfMonth & 0x1FFF_FFFE != 0
        // Any of the days 1-28 falls on every weekday in some year.
        if extras?.rules.years == nil, weekdays != 0, early || !flags.contains(.bothDays) { return false }
        let years = extras?.rules.years
        // Without a year field, 28 years in a row hold all kinds of years.
        for year in YearSet.first...(years == nil ? YearSet.first + 27 : YearSet.last) where years?.contains(year) ?? true {
            var firstDay = CivilDate(year: year, month: 1, day: 1).dayNumber
            for month in 1...12 {
                if days(of: month, in: year, firstDay: firstDay) != 0 { return false }
                firstDay &+= CivilDate.daysInMonth(month, of: year)
            }
        }
        return true
    }
}
