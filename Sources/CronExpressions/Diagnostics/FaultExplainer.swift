/// Turns faults into messages: which field, what was found, what is expected there and how to write it.
struct FaultExplainer {
    let bytes: UnsafeBufferPointer<UInt8>
    let dialect: Dialect

    /// Found text for a message: short, and of whole characters.
    func quoted(_ range: Range<Int>) -> String {
        let whole = range.clamped(to: 0..<bytes.count)
        var end = min(whole.upperBound, whole.lowerBound + 40)
        while end < whole.upperBound, end > whole.lowerBound, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        let text = String(decoding: bytes[whole.lowerBound..<end], as: UTF8.self)
        return end < whole.upperBound ? text + "..." : text
    }

    /// The error for a fault in an item. With a suggestion its range is the item: that is what the suggestion replaces.
    func explain(_ fault: ItemFault, _ kind: FieldKind, item: Range<Int>, field: Range<Int>) -> Diagnostic {
        let end = max(fault.lower, fault.upper)
        let place = fault.lower..<end
        let found = quoted(place)
        let suggestion = suggest(fault, kind, item: item).flatMap { fits($0, kind, item: item, field: field) ? $0 : nil }
        func error(_ message: String, expected: String? = nil) -> Diagnostic {
            Diagnostic(
                severity: .error, message: "\(kind.label) \(message)", range: suggestion == nil ? place : item,
                expected: expected ?? self.expected(kind), suggestion: suggestion)
        }
        switch fault.kind {
        case .outOfRange: return error("\(found) is outside \(limits(kind))")
        case .empty: return error("has an empty item")
        case .endMissing: return error("ends where a value should be")
        case .unexpected: return error("has \"\(found)\" where a value should be")
        case .junk: return error("has \"\(found)\" after a complete item", expected: "a comma or the end of the field")
        case .stepZero: return error("has the step 0", expected: "a step of at least 1")
        case .stepSign: return error("has the step \"\(found)\"", expected: "a step of at least 1")
        case .stepMissing: return error("has no step after the slash", expected: "a number of at least 1")
        case .nameAsStep: return error("has the name \"\(found)\" as a step", expected: "a number of at least 1")
        case .stepFromValue: return error("\(found) has a step but no range", expected: "a range or * before the step")
        case .backward: return error("range \(found) goes backward", expected: "a range that goes upward")
        case .noNames where suggestion != nil, .unknownName where found.first == "H" && found.count == 1:
            return error("has the H of Jenkins", expected: "~ for a value that is drawn")
        case .unknownName: return error("\"\(found)\" is not a name")
        case .longName: return error("\"\(found)\" is too long a name", expected: "the first three letters")
        case .noNames: return error("takes no names, but has \"\(found)\"")
        case .questionNotAlone: return error("has a ? that does not stand alone", expected: "? as the whole field, or *")
        case .questionElsewhere: return error("cannot be ?", expected: "? in day of month or day of week only")
        case .lastElsewhere: return error("has \"\(found)\"", expected: lastExpected(kind))
        case .lastAlone: return error("has L without a day", expected: "a day: 6L is the last Saturday of the month, 6 every Saturday")
        case .lastInList: return error("has L in a list", expected: "L as the whole field, which is Saturday, or 7 in the list")
        case .lastBefore:
            return error("\(found) has the L before the day", expected: "the day before the L: 6L is the last Saturday of the month")
        case .workdayBefore: return error("\(found) has the W before the day", expected: "nW as the whole field")
        case .backFromLast:
            return error("\(found) counts back from the last day, which this dialect cannot", expected: "L, or the dialect quartz")
        case .tooFarBack: return error("\(found) counts back further than a month has days", expected: "L-0 to L-30")
        case .numberBesideLast:
            return error("has \"\(quoted(item))\", a number beside the L", expected: numberBesideLastExpected)
        case .workdayElsewhere: return error("has \"\(found)\"", expected: "W in day of month only")
        case .workdayNotAlone: return error("\(found) does not stand alone", expected: "nW as the whole field")
        case .ordinalElsewhere: return error("has \"\(found)\"", expected: "# in day of week only")
        case .ordinal: return error("has no number 1-5 after the #", expected: "1-5 or L after the #")
        case .lowerCase where suggestion == nil: return error("has \"\(found)\" where it cannot stand")
        case .lowerCase: return error("has \"\(found)\" in lower case", expected: "L and W in upper case")
        case .plusElsewhere: return error("has a +", expected: "a + only as the first character of day of week")
        }
    }

    private var numberBesideLastExpected: String {
        dialect.countsBackFromLast
            ? "L, or L-5 for the fifth day before the last"
            : "L; 5L is a day of week's, and L-5, the fifth day before the last, the dialect quartz's"
    }

    private func lastExpected(_ kind: FieldKind) -> String {
        kind == .dayOfWeek ? "a comma or the end of the field" : "L in day of month or after a day of the week only"
    }

    func limits(_ kind: FieldKind) -> String {
        if kind == .dayOfWeek { return dialect.sundayIsOne ? "1-7" : "0-7" }
        return "\(kind.lowest)-\(kind.highest)"
    }

    private func expected(_ kind: FieldKind) -> String {
        switch kind {
        case .month: "1-12 or JAN-DEC"
        case .dayOfWeek: limits(kind) + " or SUN-SAT"
        default: limits(kind)
        }
    }
}
