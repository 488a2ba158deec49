/// How to write what was probably meant: always text that can stand in place of the item, and never more than can be known.
extension FaultExplainer {
    /// Whether a field is good up to the end of a text that stands in place of one of its items.
    func fits(_ text: String, _ kind: FieldKind, item: Range<Int>, field: Range<Int>) -> Bool {
        let plus = kind == .dayOfWeek && bytes[field.lowerBound] == UInt8(ascii: "+") ? 1 : 0
        let before = bytes[field.lowerBound + plus..<item.lowerBound]
        let start = before.count
        let end = start + text.utf8.count
        let whole = Array(before) + Array(text.utf8) + Array(bytes[item.upperBound..<field.upperBound])
        return whole.withUnsafeBufferPointer { whole in
            var scanner = ItemScanner(bytes: whole, kind: kind, dialect: dialect, lower: 0, upper: whole.count, at: start)
            while (try? scanner.item()) != nil {
                if scanner.at >= end { return scanner.at == end }
                scanner.at += 1
            }
            return false
        }
    }

    func suggest(_ fault: ItemFault, _ kind: FieldKind, item: Range<Int>) -> String? {
        guard item.count <= 60 else { return nil }
        let text = String(decoding: bytes[item], as: UTF8.self)
        switch fault.kind {
        case .stepFromValue:
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let step = Int(parts[1]), step > 0 else { return nil }
            return "\(parts[0])-\(end(like: String(parts[0]), kind))/\(step)"
        case .backward: return forward(text, kind, step: fault.value)
        case .longName: return text.replacing(quoted(fault.lower..<fault.upper), by: FieldNames.short(fault.value, of: kind))
        case .noNames where text.utf8.first == UInt8(ascii: "H"),
            .unknownName where text == "H" || text.hasPrefix("H/") || text.hasPrefix("H("):
            return drawn(text)
        case .unknownName: return nearestName(fault, kind, text)
        case .lowerCase: return text.uppercased()
        case .lastBefore, .workdayBefore: return String(text.dropFirst() + text.prefix(1))
        case .lastInList: return "7"
        case .numberBesideLast: return text.hasPrefix("L") && dialect.countsBackFromLast ? "L-" + text.dropFirst() : nil
        case .stepZero, .stepSign, .stepMissing, .lastAlone, .empty, .endMissing, .nameAsStep, .ordinal, .unexpected: return nil
        case .questionNotAlone, .questionElsewhere: return text.hasPrefix("?") ? "*" + text.dropFirst() : nil
        case .outOfRange where fault.lower == item.lowerBound && fault.upper == item.upperBound: return inside(fault.value, kind)
        default: return nil
        }
    }

    /// The value that one just outside the field was meant to be.
    private func inside(_ value: Int, _ kind: FieldKind) -> String? {
        switch kind {
        case .hour where value == 24: "0"
        case .minute where value == 60, .second where value == 60: "0"
        case .dayOfWeek where value == 0 && dialect.sundayIsOne: "1"
        default: nil
        }
    }

    /// The `H` of Jenkins: `H` is a drawn value, `H(0-29)` one of a range; a step has no drawn beginning here.
    private func drawn(_ text: String) -> String? {
        let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard let range = parts.first, parts.count <= 2 else { return nil }
        let inner = range.hasPrefix("(") && range.hasSuffix(")") ? range.dropFirst().dropLast() : range
        guard inner.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 || $0 == UInt8(ascii: "-") }) else { return nil }
        if parts.count == 2 { return "\(inner.isEmpty ? "*" : inner)/\(parts[1])" }
        return inner.isEmpty ? "~" : inner.split(separator: "-").joined(separator: "~")
    }

    private func isName(_ text: String) -> Bool { text.utf8.first.map { $0 >= 0x41 } ?? false }

    /// The field's last value, as a name if the other end of the range is one.
    private func end(like text: String, _ kind: FieldKind) -> String {
        isName(text) ? FieldNames.short(kind.last, of: kind) : String(kind.last)
    }

    /// A backward range as two forward ones, or as a list if it has a step.
    private func forward(_ text: String, _ kind: FieldKind, step: Int) -> String? {
        let range = text.split(separator: "/", omittingEmptySubsequences: false)[0]
        let ends = range.split(separator: step == 0 ? "~" : "-", omittingEmptySubsequences: false).map(String.init)
        guard ends.count == 2, let from = number(ends[0], kind), let to = number(ends[1], kind), from > to else { return nil }
        if step == 0 { return "\(ends[1])~\(ends[0])" }
        if kind == .dayOfWeek, from == 7 { return step == 1 ? "0-\(ends[1])" : "0-\(ends[1])/\(step)" }
        if step > 1 {
            let values = stride(from: from, through: to + kind.size, by: step)
            return values.map { String(($0 - kind.lowest) % kind.size + kind.lowest) }.joined(separator: ",")
        }
        let (last, first) = (end(like: ends[0], kind), isName(ends[1]) ? FieldNames.short(kind.lowest, of: kind) : String(kind.lowest))
        let head = from == kind.last ? ends[0] : "\(ends[0])-\(last)"
        let tail = to == kind.lowest ? ends[1] : "\(first)-\(ends[1])"
        return "\(head),\(tail)"
    }

    private func number(_ text: String, _ kind: FieldKind) -> Int? {
        if let number = Int(text) { return number }
        let letters = Array(text.utf8)
        guard letters.count == 3, kind.hasNames else { return nil }
        let value = FieldNames.value(letters[0], letters[1], letters[2], of: kind)
        return value < 0 ? nil : value
    }

    /// The name that a misspelt one looks like, if the item is nothing but that name.
    private func nearestName(_ fault: ItemFault, _ kind: FieldKind, _ text: String) -> String? {
        let wrong = String(decoding: bytes[fault.lower..<fault.upper].prefix(20), as: UTF8.self)
        let names = FieldNames.names(of: kind).map(\.description)
        if let full = Spelling.nearest(to: wrong, among: names).first { return text.replacing(wrong, by: String(full.prefix(3))) }
        let short = names.map { String($0.prefix(3)) }
        let start = String(wrong.prefix(3)).uppercased()
        if short.contains(start) { return text.replacing(wrong, by: start) }
        return nil
    }
}

extension String {
    /// This text with the first occurrence of a part replaced.
    fileprivate func replacing(_ part: String, by other: String) -> String {
        let (bytes, wanted) = (Array(utf8), Array(part.utf8))
        guard !wanted.isEmpty, bytes.count >= wanted.count else { return self }
        for start in 0...(bytes.count - wanted.count) where bytes[start..<(start + wanted.count)].elementsEqual(wanted) {
            return String(decoding: bytes[..<start] + Array(other.utf8) + bytes[(start + wanted.count)...], as: UTF8.self)
        }
        return self
    }
}
