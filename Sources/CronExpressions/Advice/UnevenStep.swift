/// Steps whose cycle does not come out even: after `*/7` at minute 56 the next is minute 0, four minutes later.
enum UnevenStep {
    static func advice(_ fields: [CronField], _ schedule: CronSchedule, text: String) -> [Advice] {
        zip(fields, text.split(separator: " ")).compactMap { field, written in
            guard field.elements.count == 1, let element = field.elements.first, runsOn(field.kind, schedule) else { return nil }
            return advice(field.kind, element, field.demandsBothDays ? String(written.dropFirst()) : String(written))
        }
    }

    private static func advice(_ kind: FieldKind, _ element: CronField.Element, _ written: String) -> Advice? {
        guard let (first, step) = cycle(element.item, kind), step > 1, first + step <= kind.last else { return nil }
        if kind == .dayOfMonth { return Advice(.unevenDays(text: written, step: step), range: element.range) }
        let last = first + (kind.last - first) / step * step
        let gap = first + kind.size - last
        guard gap != step else { return nil }
        let divisors = (2..<kind.size).filter { kind.size % $0 == 0 }
        let better = [divisors.last { $0 < step }, divisors.first { $0 > step }].compactMap { $0 }
        return Advice(
            .unevenStep(kind, text: written, step: step, last: last, first: first, gap: gap, better: better), range: element.range)
    }

    /// A step that goes through the whole field.
    private static func cycle(_ item: CronItem, _ kind: FieldKind) -> (first: Int, step: Int)? {
        switch item {
        case .every(let step): (kind.lowest, step)
        case .range(let from, let to, let step) where to == kind.last && from - kind.lowest < step: (from, step)
        default: nil
        }
    }

    /// Whether the field begins again at once after its end: the next larger field has two values in a row.
    private static func runsOn(_ kind: FieldKind, _ schedule: CronSchedule) -> Bool {
        let everyDate = schedule.daysOfMonth == 0xFFFF_FFFE
        switch kind {
        case .second: return inRow(schedule.minutes, 60)
        case .minute: return inRow(UInt64(schedule.hours), 24)
        case .hour: return everyDate ? inRow(UInt64(schedule.weekdays), 7) : inRow(UInt64(schedule.daysOfMonth >> 1), 31)
        case .dayOfMonth: return inRow(UInt64(schedule.months >> 1), 12)
        case .dayOfWeek: return everyDate
        case .month: return true
        case .year: return false
        }
    }

    private static func inRow(_ mask: UInt64, _ size: UInt64) -> Bool {
        mask & (mask >> 1 | (mask & 1) << (size - 1)) != 0
    }
}
