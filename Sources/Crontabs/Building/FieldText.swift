/// The text of one field, written or put together: `"*/5"`, `.every(5)`, `.on(0, 30)`, `.during(.monday, .friday)`.
///
/// Nothing is checked here: whether a table takes it shows when it is put into one.
public struct FieldText: Hashable, Sendable, CustomStringConvertible {
    public var text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }

    /// A number or a name as fields have them.
    public struct Value: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
        let text: String

        public init(_ number: Int) { text = String(number) }
        public init(integerLiteral number: Int) { text = String(number) }
        public init(stringLiteral text: String) { self.text = text }
    }

    /// `*`.
    public static let any = FieldText("*")

    /// Each `step`-th value from the lowest on: `*/5`.
    public static func every(_ step: Int) -> FieldText { FieldText(step == 1 ? "*" : "*/\(step)") }

    /// These values: `0,30`.
    public static func on(_ first: Value, _ more: Value...) -> FieldText { FieldText(([first] + more).map(\.text).joined(separator: ",")) }

    /// From one value to another, both included: `9-17`, `9-17/2`.
    public static func during(_ first: Value, _ last: Value, every step: Int = 1) -> FieldText {
        FieldText("\(first.text)-\(last.text)" + (step == 1 ? "" : "/\(step)"))
    }

    /// One value of a range, drawn once: `0~29`.
    public static func drawn(from first: Value, to last: Value) -> FieldText { FieldText("\(first.text)~\(last.text)") }

    /// The last day of the month: `L`.
    public static let lastDay = FieldText("L")

    /// The last Monday-to-Friday day of the month: `LW`.
    public static let lastWorkday = FieldText("LW")

    /// The Monday-to-Friday day nearest to a day of the month: `15W`.
    public static func workday(nearestTo day: Int) -> FieldText { FieldText("\(day)W") }

    /// A weekday by its place in the month: `FRI#3` is the third Friday.
    public static func nth(_ ordinal: Int, _ weekday: Value) -> FieldText { FieldText("\(weekday.text)#\(ordinal)") }

    /// The last such weekday of the month: `FRI#L`.
    public static func last(_ weekday: Value) -> FieldText { FieldText("\(weekday.text)#L") }

    /// Both: `.on(5).also(.during(10, 20))` is `5,10-20`.
    public func also(_ other: FieldText) -> FieldText { FieldText(text + "," + other.text) }
}

extension FieldText: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    public init(stringLiteral text: String) { self.text = text }
    public init(integerLiteral number: Int) { text = String(number) }
}

extension FieldText.Value {
    public static let sunday: Self = "SUN"
    public static let monday: Self = "MON"
    public static let tuesday: Self = "TUE"
    public static let wednesday: Self = "WED"
    public static let thursday: Self = "THU"
    public static let friday: Self = "FRI"
    public static let saturday: Self = "SAT"

    public static let january: Self = "JAN"
    public static let february: Self = "FEB"
    public static let march: Self = "MAR"
    public static let april: Self = "APR"
    public static let may: Self = "MAY"
    public static let june: Self = "JUN"
    public static let july: Self = "JUL"
    public static let august: Self = "AUG"
    public static let september: Self = "SEP"
    public static let october: Self = "OCT"
    public static let november: Self = "NOV"
    public static let december: Self = "DEC"
}
