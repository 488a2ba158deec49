internal import CronExpressions

/// How many fields the entries of a dialect have.
///
/// Five, always, in the default dialect: a sixth field is never guessed out of the command. Dialects that allow more cannot tell a field from the
/// first word of the command by counting; there the longest reading counts only if no shorter one is valid too. (Quartz has six or seven; its
/// seventh is a year, which no command is called.)
enum FieldCount {
    case fixed(Int)
    /// Tried in this order.
    case open([Int], preferLongest: Bool)

    static func of(_ dialect: Dialect) -> FieldCount {
        switch dialect.fieldOrder {
        case .secondsAlways: .open([7, 6], preferLongest: true)
        case .yearBeforeSeconds: .open([7, 6, 5], preferLongest: false)
        case .secondsFirst: dialect == .ocps ? .open([6, 5], preferLongest: false) : .fixed(5)
        case .five: .fixed(5)
        }
    }

    /// The count that an error is explained for when no reading is valid.
    var usual: Int {
        switch self {
        case .fixed(let count): count
        case .open(let counts, let preferLongest): (preferLongest ? counts.last : counts.min()) ?? 5
        }
    }
}
