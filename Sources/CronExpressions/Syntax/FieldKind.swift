/// The fields of an expression, in the order of the longest form.
public enum FieldKind: UInt8, Hashable, Sendable, CaseIterable {
    case second, minute, hour, dayOfMonth, month, dayOfWeek, year

    /// The smallest number of the field.
    public var lowest: Int {
        switch self {
        case .second, .minute, .hour, .dayOfWeek: 0
        case .dayOfMonth, .month: 1
        case .year: YearSet.first
        }
    }

    /// The largest number of the field; in the day of week 7 is Sunday again.
    public var highest: Int {
        switch self {
        case .second, .minute: 59
        case .hour: 23
        case .dayOfMonth: 31
        case .month: 12
        case .dayOfWeek: 7
        case .year: YearSet.last
        }
    }

    /// The largest number that is no second name of another one.
    var last: Int { self == .dayOfWeek ? 6 : highest }

    /// How many different values there are.
    var size: Int { last - lowest + 1 }

    /// The field's name as messages have it.
    public var label: String {
        switch self {
        case .second: "second"
        case .minute: "minute"
        case .hour: "hour"
        case .dayOfMonth: "day of month"
        case .month: "month"
        case .dayOfWeek: "day of week"
        case .year: "year"
        }
    }

    var isDay: Bool { self == .dayOfMonth || self == .dayOfWeek }
    var hasNames: Bool { self == .month || self == .dayOfWeek }
}

/// The English names of months and days.
enum FieldNames {
    static let months: [StaticString] = [
        "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER",
    ]
    static let days: [StaticString] = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"]

    static func names(of kind: FieldKind) -> [StaticString] {
        kind == .month ? months : kind == .dayOfWeek ? days : []
    }

    /// The three-letter name of a value (month 1-12, day 0-7).
    static func short(_ value: Int, of kind: FieldKind) -> String {
        let names = names(of: kind)
        let index = kind == .month ? value - 1 : value % 7
        guard names.indices.contains(index) else { return String(value) }
        return String(names[index].description.prefix(3))
    }

    /// The value of the three-letter name made of these letters in any case, or -1.
    @inline(__always)
    static func value(_ a: UInt8, _ b: UInt8, _ c: UInt8, of kind: FieldKind) -> Int {
        let key = UInt32(a & 0xDF) << 16 | UInt32(b & 0xDF) << 8 | UInt32(c & 0xDF)
        if kind == .dayOfWeek {
            switch key {
            case 0x53554E: return 0
            case 0x4D4F4E: return 1
            case 0x545545: return 2
            case 0x574544: return 3
            case 0x544855: return 4
            case 0x465249: return 5
            case 0x534154: return 6
            default: return -1
            }
        }
        switch key {
        case 0x4A414E: return 1
        case 0x464542: return 2
        case 0x4D4152: return 3
        case 0x415052: return 4
        case 0x4D4159: return 5
        case 0x4A554E: return 6
        case 0x4A554C: return 7
        case 0x415547: return 8
        case 0x534550: return 9
        case 0x4F4354: return 10
        case 0x4E4F56: return 11
        case 0x444543: return 12
        default: return -1
        }
    }

    /// Whether these letters, in any case, are the full name of a value.
    static func isFull(_ letters: Slice<UnsafeBufferPointer<UInt8>>, value: Int, of kind: FieldKind) -> Bool {
        let index = kind == .month ? value - 1 : value
        let names = names(of: kind)
        guard names.indices.contains(index) else { return false }
        return names[index].withUTF8Buffer { name in
            name.count == letters.count && zip(name, letters).allSatisfy { $0 == $1 & 0xDF }
        }
    }
}
