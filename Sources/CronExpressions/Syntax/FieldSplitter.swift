/// Splits an expression into fields at blanks and tabs.
struct FieldSplitter {
    let bytes: UnsafeBufferPointer<UInt8>
    private var at: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        at = 0
    }

    @inline(__always)
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// The next field's bounds, or nil.
    @inline(__always)
    mutating func next() -> (lower: Int, upper: Int)? {
        while at < bytes.count, Self.isBlank(bytes[at]) { at &+= 1 }
        guard at < bytes.count else { return nil }
        let lower = at
        while at < bytes.count, !Self.isBlank(bytes[at]) { at &+= 1 }
        return (lower, at)
    }

    static func count(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var count = 0
        var inField = false
        for byte in bytes {
            if isBlank(byte) {
                inField = false
            } else if !inField {
                inField = true
                count &+= 1
            }
        }
        return count
    }
}

/// The facts about the text of the fields that decide how days join and which clock rules hold.
struct TextFacts {
    private var openDate = false
    private var openWeekday = false
    private var questionDays = 0
    private var plus = false
    private var isWild = false

    /// Takes note of one field; `hasOpenItem` tells whether the text of one of its items is exactly `*` or `?`.
    @inline(__always)
    mutating func note(
        _ kind: FieldKind, first: UInt8, isSingle: Bool, hasOpenItem: Bool, hasPlus: Bool, dialect: Dialect
    ) {
        let begins = first == UInt8(ascii: "*") || first == UInt8(ascii: "?")
        if kind.isDay {
            plus = plus || hasPlus
            let exact = begins && isSingle
            if exact, first == UInt8(ascii: "?") { questionDays &+= 1 }
            let open =
                switch dialect.dayRule {
                case .starBit: begins
                case .exactStar: exact
                case .starItem: hasOpenItem
                case .questionMark: exact && first == UInt8(ascii: "?")
                case .everyValue: false
                }
            if open {
                if kind == .dayOfMonth { openDate = true } else { openWeekday = true }
            }
        } else if kind.rawValue <= FieldKind.hour.rawValue, first == UInt8(ascii: "*") {
            isWild = true
        }
    }

    /// Takes note of what all fields together name, where that decides instead of the text.
    @inline(__always)
    mutating func noteValues(_ builder: ScheduleBuilder, _ dialect: Dialect) {
        guard dialect.dayRule == .everyValue else { return }
        openDate = builder.namesEveryDate
        openWeekday = !builder.leavesOutWeekdays
    }

    var bothDays: Bool { openDate || openWeekday || plus }
    /// Whether both day fields are restricted, and not on purpose: by their text, even if it names every day, or by days that they leave out.
    func restrictsBothDays(_ builder: ScheduleBuilder) -> Bool {
        !plus && (!openDate || builder.leavesOutDates) && (!openWeekday || builder.leavesOutWeekdays)
    }
    var isFixed: Bool { !isWild }
    /// The dialect wants exactly one `?`, and that is not what is there.
    func breaksQuestionRule(_ dialect: Dialect) -> Bool { dialect.dayRule == .questionMark && questionDays != 1 }
}
