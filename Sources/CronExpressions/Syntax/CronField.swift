/// One item of a field's list.
///
/// Numbers are as the engine counts: months 1-12, days of the week 0-6 from Sunday. A range that goes past the end of its
/// field and on from the beginning has a `to` beyond the field's last value.
public enum CronItem: Hashable, Sendable {
    /// `*` and `*/n`.
    case every(step: Int)
    /// `?`.
    case any
    /// `a` (both ends the same), `a-b`, `a-b/n` and, where the dialect has it, `a/n`.
    case range(from: Int, to: Int, step: Int)
    /// Some days of the month as bits, from a day 0 on that no month has: `*/2` and `30-3/2` where days are counted from 0.
    case dates(UInt32)
    /// `a~b`: one value, drawn when a schedule is made.
    case random(from: Int, to: Int)
    /// `L`, `L-n`: so many days before the last day of the month.
    case lastDay(before: Int)
    /// `LW`, `L-nW`: the Monday-to-Friday day nearest to that.
    case lastWorkday(before: Int)
    /// `nW`: the Monday-to-Friday day nearest to a day of the month.
    case nearestWorkday(day: Int)
    /// `d#n`: the n-th such weekday of the month.
    case nth(weekday: Int, ordinal: Int)
    /// `dL`, `d#L`: the last such weekday of the month.
    case last(weekday: Int)
}

/// A field of an expression: its items and where they stand, in bytes of the expression's text.
public struct CronField: Hashable, Sendable {
    /// An item and its place.
    public struct Element: Hashable, Sendable {
        public var item: CronItem
        public var range: Range<Int>
    }
    public var kind: FieldKind
    public var range: Range<Int>
    public var elements: [Element]
    /// The text begins with `*` or `?`.
    public var beginsWithStar: Bool
    /// The day of week begins with `+`: a day must match both day fields.
    public var demandsBothDays: Bool
}
