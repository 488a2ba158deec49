/// Numbers, names, ranges and steps.
extension ItemScanner {
    /// The end of the item that `at` stands in.
    var itemEnd: Int {
        var end = at
        while end < upper, bytes[end] != UInt8(ascii: ",") { end &+= 1 }
        return end
    }

    /// The end of the character that begins at a place.
    func characterEnd(_ start: Int) -> Int {
        var end = min(start &+ 1, upper)
        while end < upper, bytes[end] & 0xC0 == 0x80 { end &+= 1 }
        return end
    }

    /// Larger numbers than any field has are as good as this one.
    static let largest = 1_000_000_000

    /// A decimal number; nil if there is no digit.
    @inline(__always)
    mutating func digits() -> Int? {
        var number = 0
        let start = at
        while at < upper {
            let digit = bytes[at] &- 0x30
            guard digit <= 9 else { break }
            number = min(number &* 10 &+ Int(digit), Self.largest)
            at &+= 1
        }
        return at > start ? number : nil
    }

    /// A number or a name inside the field.
    @inline(__always)
    mutating func value() throws(ItemFault) -> Value {
        let start = at
        if let number = digits() {
            guard number >= kind.lowest, number <= kind.highest, !dialect.sundayIsOne || kind != .dayOfWeek || number >= 1 else {
                throw ItemFault(.outOfRange, start, at, value: number)
            }
            let shift = dialect.sundayIsOne && kind == .dayOfWeek ? 1 : 0
            return Value(number: number &- shift, lower: start, isName: false)
        }
        return try name()
    }

    private mutating func name() throws(ItemFault) -> Value {
        let start = at
        var end = at
        while end < upper, (bytes[end] | 0x20) >= 0x61, (bytes[end] | 0x20) <= 0x7A { end &+= 1 }
        guard end > start else {
            if at == upper || byte == UInt8(ascii: ",") { throw ItemFault(.endMissing, at, at) }
            if byte == UInt8(ascii: "+") { throw ItemFault(.plusElsewhere, at, at &+ 1) }
            if byte == UInt8(ascii: "?") { throw ItemFault(.questionNotAlone, at, at &+ 1) }
            throw ItemFault(.unexpected, at, itemEnd)
        }
        if !kind.hasNames { throw noName(start, end) }
        var letters = end &- start
        if letters > 3, kind == .dayOfWeek, bytes[end &- 1] == UInt8(ascii: "L") { letters &-= 1 }
        guard letters >= 3 else { throw noName(start, end) }
        let number = FieldNames.value(bytes[start], bytes[start &+ 1], bytes[start &+ 2], of: kind)
        guard number >= 0 else { throw noName(start, end) }
        if letters > 3 {
            let isFull = FieldNames.isFull(bytes[start..<(start &+ letters)], value: number, of: kind)
            guard isFull else { throw ItemFault(.unknownName, start, end) }
            guard dialect.fullNames else { throw ItemFault(.longName, start, end, value: number) }
        }
        at = start &+ letters
        return Value(number: number, lower: start, isName: true)
    }

    private func noName(_ start: Int, _ lettersEnd: Int) -> ItemFault {
        var end = lettersEnd
        // A word is shown whole, letters of other alphabets too.
        while end < upper, bytes[end] >= 0x80 || (bytes[end] | 0x20) >= 0x61 && (bytes[end] | 0x20) <= 0x7A { end &+= 1 }
        let length = end &- start
        let second = length == 2 ? bytes[start &+ 1] | 0x20 : 0
        switch bytes[start] {
        case UInt8(ascii: "l") where kind == .dayOfMonth && (length == 1 || second == UInt8(ascii: "w")):
            return ItemFault(.lowerCase, start, end)
        case UInt8(ascii: "L") where length <= 2 && !kind.isDay: return ItemFault(.lastElsewhere, start, end)
        default: return ItemFault(kind.hasNames ? .unknownName : .noNames, start, end)
        }
    }

    /// `-b` or `-b/n` after `a`.
    @inline(__always)
    mutating func range(_ first: Value) throws(ItemFault) -> CronItem {
        at &+= 1
        let second = try value()
        let by = try step() ?? 1
        let from = first.number
        var to = second.number
        if kind == .dayOfWeek, to == 0, from > 0 { to = 7 }
        if from > to {
            guard dialect.wrapsBackwardRanges, kind != .year else {
                throw ItemFault(.backward, first.lower, at, value: by)
            }
            if countsFromZero { return dates(from: from, count: 32 &+ to &- from &+ 1, step: by) }
            to &+= kind.size
        }
        return .range(from: from, to: to, step: by)
    }

    /// Whether the field's values are a ring of the days 0-31.
    var countsFromZero: Bool { kind == .dayOfMonth && dialect.countsDaysFromZero }

    /// The days that steps reach in so many days of the ring.
    func dates(from: Int, count: Int, step: Int) -> CronItem {
        var mask: UInt32 = 0
        for offset in stride(from: 0, to: count, by: step) { mask |= 1 << UInt32((from &+ offset) % 32) }
        return .dates(mask)
    }

    /// `/n`, or nil if there is no slash.
    @inline(__always)
    mutating func step() throws(ItemFault) -> Int? {
        guard byte == UInt8(ascii: "/") else { return nil }
        at &+= 1
        let start = at
        guard let number = digits() else {
            if at == upper || byte == UInt8(ascii: ",") { throw ItemFault(.stepMissing, at, at) }
            if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") { throw ItemFault(.stepSign, at, itemEnd) }
            let isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A
            throw ItemFault(isLetter ? .nameAsStep : .unexpected, at, itemEnd)
        }
        guard number > 0 else { throw ItemFault(.stepZero, start, at) }
        return number
    }

    /// `~b`, `~` after an optional `a`.
    mutating func random(from first: Value?) throws(ItemFault) -> CronItem {
        let start = first?.lower ?? at
        at &+= 1
        let from = first?.number ?? kind.lowest
        guard at < upper, byte != UInt8(ascii: ",") else { return .random(from: from, to: max(kind.last, from)) }
        var to = try value().number
        if kind == .dayOfWeek, to == 0, from > 0 { to = 7 }
        guard from <= to else { throw ItemFault(.backward, start, at, value: 0) }
        return .random(from: from, to: to)
    }
}
