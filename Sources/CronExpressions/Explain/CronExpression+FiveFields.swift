/// Writing an expression of another form as a line of a crontab.
extension CronExpression {
    /// The same schedule in five fields of the default dialect, or nil if they cannot say it.
    public var fiveFields: String? {
        if let nickname { return nickname.text }
        var texts: [String] = []
        for field in fields {
            switch field.kind {
            case .second:
                guard FieldShape(field).values == [0], FieldShape(field).isPlain else { return nil }
            case .year:
                guard FieldShape(field).isFull else { return nil }
            default:
                guard let text = text(field) else { return nil }
                texts.append(text)
            }
        }
        return texts.joined(separator: " ")
    }

    private func text(_ field: CronField) -> String? {
        var parts: [String] = []
        for element in field.elements {
            guard let part = text(element.item, field.kind) else { return nil }
            parts.append(part)
        }
        return (field.demandsBothDays ? "+" : "") + parts.joined(separator: ",")
    }

    private func text(_ item: CronItem, _ kind: FieldKind) -> String? {
        switch item {
        case .any, .every(step: 1): return "*"
        case .every(let step): return "*/\(step)"
        case .range(let from, let to, let step): return text(from: from, to: to, step: step, kind)
        case .dates(let mask):
            let days = (1...31).filter { mask >> UInt32($0) & 1 == 1 }
            return days.isEmpty ? nil : days.map(String.init).joined(separator: ",")
        case .random(let from, let to): return "\(value(from, kind))~\(value(to, kind))"
        case .lastDay(0): return "L"
        case .lastWorkday(0): return "LW"
        case .lastDay, .lastWorkday: return nil
        case .nearestWorkday(let day): return "\(day)W"
        case .nth(let weekday, let ordinal): return "\(value(weekday, kind))#\(ordinal)"
        case .last(let weekday): return "\(value(weekday, kind))L"
        }
    }

    private func text(from: Int, to: Int, step: Int, _ kind: FieldKind) -> String {
        let by = step == 1 ? "" : "/\(step)"
        if from == to { return value(from, kind) }
        if from == kind.lowest, to == kind.last { return "*" + by }
        if to <= kind.last || kind == .dayOfWeek && to == 7 { return "\(value(from, kind))-\(value(to, kind))\(by)" }
        if step > 1 {
            return stride(from: from, through: to, by: step).map { value(($0 - kind.lowest) % kind.size + kind.lowest, kind) }
                .joined(separator: ",")
        }
        let end = to - kind.size
        let head = from == kind.last ? value(from, kind) : "\(value(from, kind))-\(value(kind.last, kind))"
        let tail = end == kind.lowest ? value(end, kind) : "\(value(kind.lowest, kind))-\(value(end, kind))"
        return head + "," + tail
    }

    /// Days of the week by name where the text counts them in another way.
    private func value(_ value: Int, _ kind: FieldKind) -> String {
        kind == .dayOfWeek && dialect.sundayIsOne ? FieldNames.short(value, of: kind) : String(value)
    }
}
