/// Turns faults into messages: which field, what was found, what is expected there and how to write it.
struct FaultExplainer {
    let bytes: UnsafeBufferPointer<UInt8>
    let dialect: Dialect

    /// Found text for a message: printable, and short.
    func quoted(_ range: Range<Int>) -> String {
        var text = ""
        for scalar in String(decoding: bytes[range.clamped(to: 0..<bytes.count)].prefix(40), as: UTF8.self).unicodeScalars {
            text += scalar.value < 0x20 || scalar.value == 0x7F ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        return range.count > 40 ? text + "..." : text
    }

    /// The error for a fault in an item.
    func explain(_ fault: ItemFault, _ kind: FieldKind, item: Range<Int>, field: Range<Int>) -> Diagnostic {
        let end = max(fault.lower, fault.upper)
        let place = fault.lower..<end
        let found = quoted(place)
        let suggestion = suggest(fault, kind, item: item)
        func error(_ message: String, expected: String? = nil) -> Diagnostic {
            Diagnostic(
                severity: .error, message: "\(kind.label) \(message)", range: place, expected: expected ?? self.expected(kind),
                suggestion: suggestion)
        }
        switch fault.kind {
        case .outOfRange: return error("\(found) is outside \(limits(kind))")
        case .empty: return error("has an empty item")
        case .endMissing: return error("ends where a value should be")
        case .unexpected: return error("has \"\(found)\" where a value should be")
        case .junk: return error("has \"\(found)\" after a complete item", expected: "a comma or the end of the field")
        case .stepZero: return error("has the step 0", expected: "a step of at least 1")
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
        case .lastAlone: return error("has L without a day", expected: "a day before the L, such as 5L or FRIL")
        case .backFromLast:
            return error("\(found) counts back from the last day, which this dialect cannot", expected: "L, or the dialect quartz")
        case .workdayElsewhere: return error("has \"\(found)\"", expected: "W in day of month only")
        case .workdayNotAlone: return error("\(found) does not stand alone", expected: "nW as the whole field")
        case .ordinalElsewhere: return error("has \"\(found)\"", expected: "# in day of week only")
        case .ordinal: return error("has no number 1-5 after the #", expected: "1-5 or L after the #")
        case .lowerCase: return error("has \"\(found)\" in lower case", expected: "L and W in upper case")
        case .plusElsewhere: return error("has a +", expected: "a + only as the first character of day of week")
        }
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
