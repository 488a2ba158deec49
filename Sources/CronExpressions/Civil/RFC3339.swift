/// RFC 3339 timestamps, read and written without any library.
///
/// Reading is strict: exactly the grammar of RFC 3339 (years 0001-9999, real dates, hours to 23), with the one leap second
/// that the grammar allows read as the second after it. A fraction is accepted and dropped, that is, floored.
enum RFC3339 {
    struct Reader {
        var bytes: Substring.UTF8View
        mutating func digits(_ count: Int) -> Int? {
            var value = 0
            for _ in 0..<count {
                guard let byte = bytes.popFirst(), byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        mutating func take(_ set: StaticString) -> UInt8? {
            guard let byte = bytes.first else { return nil }
            let found = set.withUTF8Buffer { $0.contains(byte) }
            guard found else { return nil }
            bytes.removeFirst()
            return byte
        }
    }

    static func read(_ text: String) -> Int64? {
        var reader = Reader(bytes: text[...].utf8)
        guard let year = reader.digits(4), reader.take("-") != nil, let month = reader.digits(2), reader.take("-") != nil,
            let day = reader.digits(2), reader.take("Tt") != nil, let hour = reader.digits(2), reader.take(":") != nil,
            let minute = reader.digits(2), reader.take(":") != nil, let second = reader.digits(2)
        else { return nil }
        guard year >= 1, (1...12).contains(month), day >= 1, day <= CivilDate.daysInMonth(month, of: year),
            hour <= 23, minute <= 59, second <= 60
        else { return nil }
        if reader.take(".") != nil {
            guard reader.digits(1) != nil else { return nil }
            while reader.take("0123456789") != nil {}
        }
        guard let offset = offset(&reader), reader.bytes.isEmpty else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        let local = Int64(date.dayNumber) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        let utc = local - offset
        if second == 60, floorDivide(utc, by: 86_400).remainder != 0 { return nil }
        return utc
    }

    private static func offset(_ reader: inout Reader) -> Int64? {
        guard let sign = reader.take("Zz+-") else { return nil }
        if sign == UInt8(ascii: "Z") || sign == UInt8(ascii: "z") { return 0 }
        guard let hours = reader.digits(2), reader.take(":") != nil, let minutes = reader.digits(2), hours <= 23, minutes <= 59
        else { return nil }
        let size = Int64(hours * 3600 + minutes * 60)
        return sign == UInt8(ascii: "-") ? -size : size
    }

    static func write(_ instant: Instant, offset: Int32?) -> String {
        // An offset with odd seconds (local mean time) cannot be written: round it, and shift the local part along.
        let minutes = offset.map { Int((Double($0) / 60).rounded()) } ?? 0
        // Only the years 1 to 9999 can be written.
        let (low, high): (Int64, Int64) = (-62_135_596_800, 253_402_300_799)
        let near = min(max(instant.seconds, low - 86_400 * 8), high + 86_400 * 8)
        let time = CivilTime(localSeconds: min(max(near + Int64(minutes * 60), low), high))
        return String(unsafeUninitializedCapacity: 25) { buffer in
            var count = 0
            func put(_ byte: UInt8) { buffer[count] = byte; count += 1 }
            func two(_ value: Int) { put(0x30 + UInt8(value / 10 % 10)); put(0x30 + UInt8(value % 10)) }
            two(time.year / 100); two(time.year); put(UInt8(ascii: "-")); two(time.month); put(UInt8(ascii: "-")); two(time.day)
            put(UInt8(ascii: "T")); two(time.hour); put(UInt8(ascii: ":")); two(time.minute)
            put(UInt8(ascii: ":")); two(time.second)
            if offset == nil {
                put(UInt8(ascii: "Z"))
            } else {
                put(minutes < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
                two(abs(minutes) / 60); put(UInt8(ascii: ":")); two(abs(minutes) % 60)
            }
            return count
        }
    }
}

extension Instant {
    /// Reads an RFC 3339 timestamp such as `2026-03-29T02:30:00+01:00`; nil if it is not one. Fractions are floored.
    public init?(rfc3339 text: String) {
        guard let seconds = RFC3339.read(text) else { return nil }
        self.init(seconds)
    }

    /// The RFC 3339 form with the offset that `zone` has at this instant, such as `2026-07-01T09:00:00+02:00`.
    public func rfc3339(in zone: Zone) -> String {
        RFC3339.write(self, offset: zone.offset(at: self))
    }

    /// The RFC 3339 form in UTC, such as `2026-07-01T07:00:00Z`.
    public func rfc3339UTC() -> String {
        RFC3339.write(self, offset: nil)
    }
}
