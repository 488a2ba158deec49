/// Reads the items of one field, without allocating: a fault is a small value, explained elsewhere.
///
/// The grammar of an item is regular and every form is told by its first byte or by the byte after its first number, so
/// one pass without backtracking is enough. After a complete item only a comma or the field's end may follow.
struct ItemScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    let kind: FieldKind
    let dialect: Dialect
    /// The whole field.
    let lower: Int
    let upper: Int
    var at: Int

    @inline(__always)
    var byte: UInt8 { at < upper ? bytes[at] : 0 }

    @inline(__always)
    func peek(_ distance: Int) -> UInt8 { at &+ distance < upper ? bytes[at &+ distance] : 0 }

    struct Value {
        var number: Int
        var lower: Int
        var isName: Bool
    }

    /// Reads an item; afterwards `at` stands on a comma or at the field's end.
    @inline(__always)
    mutating func item() throws(ItemFault) -> CronItem {
        let item: CronItem
        switch byte {
        case UInt8(ascii: "*"):
            at &+= 1
            item = every(step: try step() ?? 1)
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            item = try afterValue(try value())
        default:
            item = try other()
        }
        if at < upper, bytes[at] != UInt8(ascii: ",") { throw junk() }
        return item
    }

    /// `*` and `*/n`.
    @inline(__always)
    private func every(step: Int) -> CronItem {
        guard step > 1, countsFromZero else { return .every(step: step) }
        return dates(from: 0, count: 32, step: step)
    }

    private func junk() -> ItemFault {
        var end = at
        while end < upper, bytes[end] != UInt8(ascii: ",") { end &+= 1 }
        if bytes[at] == UInt8(ascii: "L") {
            guard kind == .dayOfMonth else { return ItemFault(.lastElsewhere, at, end) }
            let before = bytes[lower..<at].reversed().prefix { $0 != UInt8(ascii: ",") }
            let isNumber = end == at &+ 1 && before.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            return ItemFault(isNumber ? .numberBesideLast : .junk, at, end)
        }
        if bytes[at] == UInt8(ascii: "W"), kind != .dayOfMonth { return ItemFault(.workdayElsewhere, at, end) }
        if bytes[at] == UInt8(ascii: "#"), kind != .dayOfWeek { return ItemFault(.ordinalElsewhere, at, end) }
        if bytes[at] == UInt8(ascii: "l") && kind.isDay || bytes[at] == UInt8(ascii: "w") && kind == .dayOfMonth {
            return ItemFault(.lowerCase, at, end)
        }
        return ItemFault(.junk, at, end)
    }

    /// An item that begins with neither `*` nor a digit.
    private mutating func other() throws(ItemFault) -> CronItem {
        let start = at
        switch byte {
        case 0, UInt8(ascii: ","):
            // A NUL inside the field is a strange character, not the field's end.
            throw at < upper && byte == 0 ? ItemFault(.unexpected, at, at &+ 1) : ItemFault(.empty, at, at)
        case UInt8(ascii: "?"):
            guard kind.isDay || dialect.questionMarkAnywhere else { throw ItemFault(.questionElsewhere, at, at &+ 1) }
            at &+= 1
            guard start == lower, at == upper else { throw ItemFault(.questionNotAlone, start, at) }
            return .any
        case UInt8(ascii: "~"):
            return try random(from: nil)
        case UInt8(ascii: "L") where kind == .dayOfMonth:
            return try lastDay()
        case UInt8(ascii: "L") where kind == .dayOfWeek:
            at &+= 1
            guard at == upper || byte == UInt8(ascii: ",") else { throw ItemFault(.lastBefore, start, itemEnd) }
            guard dialect.countsBackFromLast else { throw ItemFault(.lastAlone, start, at) }
            guard start == lower, at == upper else { throw ItemFault(.lastInList, start, at) }
            return .range(from: 6, to: 6, step: 1)
        case UInt8(ascii: "W") where kind == .dayOfMonth && peek(1) >= 0x30 && peek(1) <= 0x39:
            throw ItemFault(.workdayBefore, start, itemEnd)
        default:
            return try afterValue(try value())
        }
    }

    /// `L`, `LW`, and with some dialects `L-n`, `L-nW`.
    private mutating func lastDay() throws(ItemFault) -> CronItem {
        let start = at
        at &+= 1
        var before = 0
        if byte == UInt8(ascii: "-") {
            at &+= 1
            guard dialect.countsBackFromLast else { throw ItemFault(.backFromLast, start, itemEnd) }
            guard let number = digits() else { throw ItemFault(.unexpected, at, characterEnd(at)) }
            guard number <= 30 else { throw ItemFault(.tooFarBack, start, at) }
            before = number
        } else if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            throw ItemFault(.numberBesideLast, start, itemEnd)
        }
        if byte == UInt8(ascii: "W") {
            at &+= 1
            return .lastWorkday(before: before)
        }
        return .lastDay(before: before)
    }

    /// The item that begins with a value.
    @inline(__always)
    private mutating func afterValue(_ first: Value) throws(ItemFault) -> CronItem {
        let a = first.number
        switch byte {
        case UInt8(ascii: "-"):
            return try range(first)
        case 0, UInt8(ascii: ","):
            return .range(from: a, to: a, step: 1)
        case UInt8(ascii: "/"):
            let end = itemEnd
            guard dialect.allowsStepFromValue else { throw ItemFault(.stepFromValue, first.lower, end, value: a) }
            // Sunday as 7 is Sunday as 0 before the step is taken.
            return .range(from: kind == .dayOfWeek ? a % 7 : a, to: kind.last, step: try step() ?? 1)
        case UInt8(ascii: "~"):
            return try random(from: first)
        case UInt8(ascii: "L") where kind == .dayOfWeek:
            at &+= 1
            return .last(weekday: a % 7)
        case UInt8(ascii: "W") where kind == .dayOfMonth:
            at &+= 1
            guard first.lower == lower, at == upper else { throw ItemFault(.workdayNotAlone, first.lower, at) }
            return .nearestWorkday(day: a)
        case UInt8(ascii: "#") where kind == .dayOfWeek:
            return try ordinal(of: a % 7)
        default:
            return .range(from: a, to: a, step: 1)
        }
    }

    private mutating func ordinal(of weekday: Int) throws(ItemFault) -> CronItem {
        at &+= 1
        if byte == UInt8(ascii: "L") {
            at &+= 1
            return .last(weekday: weekday)
        }
        if byte == UInt8(ascii: "l") { throw ItemFault(.lowerCase, at, at &+ 1) }
        let start = at
        guard let n = digits(), n >= 1, n <= 5 else { throw ItemFault(.ordinal, start, max(at, characterEnd(start))) }
        return .nth(weekday: weekday, ordinal: n)
    }
}
