/// What a crontab means by its text: a bundle of the points in which cron systems differ.
///
/// A dialect is data. Code asks for one of the members, never for the name; files and API calls name their dialect, nothing
/// guesses it. `docs/manual/dialect.md` says what each means.
public struct Dialect: Hashable, Sendable {
    /// How the two day fields join.
    public enum DayRule: Hashable, Sendable {
        /// Vixie's: both must match if the text of one begins with `*` or `?`; else either is enough.
        case starBit
        /// Both must match if the text of one is exactly `*` or `?`; else either is enough.
        case exactStar
        /// Both must match if an item of one is exactly `*` or `?`; else either is enough.
        case starItem
        /// Exactly one of them is `?`, and the other decides.
        case questionMark
        /// Either is enough if both leave something out, whatever their text; a field that names every value does not count.
        case everyValue
    }

    /// Which fields a text of five, six or seven fields has.
    public enum FieldOrder: Hashable, Sendable {
        /// Five from minutes on; six with seconds first; seven with a year last as well.
        case secondsFirst
        /// Five from minutes on; six with a year last; seven with seconds first as well.
        case yearBeforeSeconds
        /// Six with seconds first; seven with a year last as well.
        case secondsAlways
        /// Five, always.
        case five
    }

    /// The name by which files and calls choose it.
    public let name: String
    public let dayRule: DayRule
    public let fieldOrder: FieldOrder
    /// How many fields a line of a crontab file has: tried in this order, the most first.
    public let lineCounts: [Int]
    /// `a/n` means from `a` to the end of the field by `n`.
    public let allowsStepFromValue: Bool
    /// `22-2` goes on from the beginning of the field.
    public let wrapsBackwardRanges: Bool
    /// The days of a month are counted from a day 0 where a step is taken (`*/2` is 2, 4, 6 …) or a range goes over the end.
    public let countsDaysFromZero: Bool
    /// Days of the week count 1-7 from Sunday instead of 0-7.
    public let sundayIsOne: Bool
    /// `MONDAY` and `JANUARY` are names too.
    public let fullNames: Bool
    /// `?` may stand for `*` in every field.
    public let questionMarkAnywhere: Bool
    /// `L-3` and `L-3W` count back from the last day; `L` alone in the day of week is Saturday.
    public let countsBackFromLast: Bool
    /// `%` in a command of a crontab file is a character like others.
    public let percentIsLiteral: Bool
    /// System crontabs have a user between the fields and the command.
    public let hasUserColumn: Bool
    /// An assignment in a crontab file holds for all entries, those above it too.
    public let assignmentsHoldForWholeFile: Bool
    /// `-n` before the command means: mail only if it fails.
    public let takesMailOption: Bool

    private init(
        _ name: String, dayRule: DayRule = .starBit, fieldOrder: FieldOrder = .secondsFirst, lineCounts: [Int] = [5],
        allowsStepFromValue: Bool = false, wrapsBackwardRanges: Bool = false, countsDaysFromZero: Bool = false,
        sundayIsOne: Bool = false, fullNames: Bool = false, questionMarkAnywhere: Bool = false, countsBackFromLast: Bool = false,
        percentIsLiteral: Bool = false, hasUserColumn: Bool = true, assignmentsHoldForWholeFile: Bool = false,
        takesMailOption: Bool = false
    ) {
        self.name = name
        self.dayRule = dayRule
        self.fieldOrder = fieldOrder
        self.lineCounts = lineCounts
        self.allowsStepFromValue = allowsStepFromValue
        self.wrapsBackwardRanges = wrapsBackwardRanges
        self.countsDaysFromZero = countsDaysFromZero
        self.sundayIsOne = sundayIsOne
        self.fullNames = fullNames
        self.questionMarkAnywhere = questionMarkAnywhere
        self.countsBackFromLast = countsBackFromLast
        self.percentIsLiteral = percentIsLiteral
        self.hasUserColumn = hasUserColumn
        self.assignmentsHoldForWholeFile = assignmentsHoldForWholeFile
        self.takesMailOption = takesMailOption
    }

    /// Debian cron and cronie, with the additions of OCPS: the default.
    public static let vixie = Dialect("vixie")
    /// The default with cronie's `-n` before a command.
    public static let cronie = Dialect("cronie", takesMailOption: true)
    /// The Open Cron Pattern Specification: only an exact `*` leaves a day field open.
    public static let ocps = Dialect("ocps", dayRule: .exactStar, lineCounts: [6, 5])
    /// Supercronic.
    public static let supercronic = Dialect(
        "supercronic", dayRule: .starItem, fieldOrder: .yearBeforeSeconds, lineCounts: [7, 6, 5], allowsStepFromValue: true,
        fullNames: true, questionMarkAnywhere: true, percentIsLiteral: true, hasUserColumn: false, assignmentsHoldForWholeFile: true)
    /// Quartz.
    public static let quartz = Dialect(
        "quartz", dayRule: .questionMark, fieldOrder: .secondsAlways, lineCounts: [7, 6], allowsStepFromValue: true,
        wrapsBackwardRanges: true, sundayIsOne: true, countsBackFromLast: true)
    /// BusyBox crond.
    public static let busybox = Dialect(
        "busybox", dayRule: .everyValue, fieldOrder: .five, wrapsBackwardRanges: true, countsDaysFromZero: true,
        percentIsLiteral: true, hasUserColumn: false)

    /// All dialects, the default first.
    public static let all: [Dialect] = [.vixie, .cronie, .supercronic, .ocps, .quartz, .busybox]

    /// The dialect of a name, if there is one.
    public init?(named name: String) {
        guard let found = Self.all.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// The first field's kind of an expression of so many fields; nil if there is no such expression.
    @inline(__always)
    func firstField(ofCount count: Int) -> FieldKind? {
        switch (fieldOrder, count) {
        case (.secondsFirst, 5), (.yearBeforeSeconds, 5), (.five, 5), (.yearBeforeSeconds, 6): .minute
        case (.secondsFirst, 6), (.secondsFirst, 7), (.yearBeforeSeconds, 7), (.secondsAlways, 6), (.secondsAlways, 7): .second
        default: nil
        }
    }

    /// What the fields of an expression of so many are, from the first to the last; nil if there is no such expression.
    public func kinds(ofCount count: Int) -> [FieldKind]? {
        firstField(ofCount: count).map { first in FieldKind.allCases.filter { $0.rawValue >= first.rawValue }.prefix(count).map(\.self) }
    }

    var expectedCounts: String {
        switch fieldOrder {
        case .secondsFirst: "5 fields, 6 (seconds first) or 7 (a year last too)"
        case .yearBeforeSeconds: "5 fields, 6 (a year last) or 7 (seconds first too)"
        case .secondsAlways: "6 fields (seconds first) or 7 (a year last)"
        case .five: "5 fields"
        }
    }
}
