/// The way from text to schedule for the many lines of a large crontab: no syntax tree, no strings, and at most one
/// allocation (the parts few schedules have). It shares scanner, facts and builder with the full parser, so the two cannot
/// disagree about what a text means.
extension CronExpression {
    /// Compiles exactly these bytes, or gives nil if there is any error; `parse` then tells which.
    ///
    /// - Parameter hasWarnings: set to true if `parse` would have warnings; never set to false.
    public static func compile(
        _ bytes: UnsafeBufferPointer<UInt8>, dialect: Dialect, zone: Zone, seed: UInt64, hasWarnings: inout Bool
    ) -> CronSchedule? {
        var splitter = FieldSplitter(bytes)
        let count = FieldSplitter.count(bytes)
        guard let first = dialect.firstField(ofCount: count) else {
            guard count == 1, let field = splitter.next() else { return nil }
            return Nickname(UnsafeBufferPointer(rebasing: bytes[field.lower..<field.upper]))?.schedule(in: zone)
        }
        var builder = ScheduleBuilder()
        var facts = TextFacts()
        var warns = false
        var index = first.rawValue
        while let field = splitter.next() {
            guard let kind = FieldKind(rawValue: index) else { return nil }
            index &+= 1
            var lower = field.lower
            let plus = kind == .dayOfWeek && bytes[lower] == UInt8(ascii: "+")
            if plus { lower &+= 1 }
            // The commonest field by far.
            if field.upper &- lower == 1, bytes[lower] == UInt8(ascii: "*") {
                builder.add(.every(step: 1), to: kind, seed: seed)
                facts.note(
                    kind, first: UInt8(ascii: "*"), isSingle: true, hasOpenItem: true, hasPlus: plus, dialect: dialect)
                continue
            }
            var scanner = ItemScanner(
                bytes: bytes, kind: kind, dialect: dialect, lower: lower, upper: field.upper, at: lower)
            var open = false
            do {
                while true {
                    let start = scanner.at
                    let item = try scanner.item()
                    builder.add(item, to: kind, seed: seed)
                    if scanner.at &- start == 1, item.isOpen { open = true }
                    if item.stepsBeyond(kind) { warns = true }
                    if scanner.at >= field.upper { break }
                    scanner.at &+= 1
                }
            } catch {
                return nil
            }
            facts.note(
                kind, first: scanner.firstByte, isSingle: field.upper &- lower == 1, hasOpenItem: open, hasPlus: plus,
                dialect: dialect)
        }
        if facts.breaksQuestionRule(dialect) { return nil }
        facts.noteValues(builder, dialect)
        builder.bothDays = facts.bothDays
        builder.isFixed = facts.isFixed
        let schedule = builder.finish(zone: zone)
        if warns || schedule.neverFires && builder.draws == 0 || facts.restrictsBothDays(builder)
            || ExpressionParser.looksLikeQuartz(bytes, dialect: dialect, count: count)
        {
            hasWarnings = true
        } else if builder.draws > 0, !hasWarnings {
            hasWarnings = drawsWarn(bytes, dialect)
        }
        return schedule
    }

    /// What may be drawn decides, not what was drawn; such lines are few.
    private static func drawsWarn(_ bytes: UnsafeBufferPointer<UInt8>, _ dialect: Dialect) -> Bool {
        var warnings: [Diagnostic] = []
        _ = parse(bytes, dialect: dialect, warnings: &warnings)
        return !warnings.isEmpty
    }
}

extension CronItem {
    /// Whether the item is `*` or `?`, or `*/1`: the length of its text tells.
    @inline(__always)
    var isOpen: Bool {
        switch self {
        case .every(let step): step == 1
        case .any: true
        default: false
        }
    }

    /// Whether the step passes over all but the first value.
    @inline(__always)
    func stepsBeyond(_ kind: FieldKind) -> Bool {
        switch self {
        case .every(let step): step > kind.last &- kind.lowest
        case .range(let from, let to, let step): step > 1 && step > to &- from
        case .dates(let mask): mask.nonzeroBitCount == 1
        default: false
        }
    }
}

extension ItemScanner {
    var firstByte: UInt8 { lower < upper ? bytes[lower] : 0 }
}
