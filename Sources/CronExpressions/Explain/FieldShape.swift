/// One part of a field's list, with its step worked out: what a sentence is made of.
enum FieldPiece: Hashable {
    case value(Int)
    /// Every value of a range. Weekdays may go past Saturday, months past December: 7 is Sunday again, 13 is January.
    case range(Int, Int)
    /// At least three values; `to` is the last one reached.
    case step(from: Int, to: Int, by: Int)
    case random(Int, Int)
    /// `L`, `W` and `#`.
    case special(CronItem)

    /// Whether it is one value, though it may have to be drawn first.
    var isOne: Bool {
        switch self {
        case .value, .random: true
        case .range, .step, .special: false
        }
    }
}

/// A field of an expression as a sentence sees it.
struct FieldShape {
    let kind: FieldKind
    private(set) var pieces: [FieldPiece] = []
    /// The values that are certain: neither drawn nor dependent on the month.
    private(set) var values: Set<Int> = []
    /// The step of a field that is nothing but `*/n`, or a range that means the same.
    private(set) var wholeStep: Int?

    init(_ field: CronField) {
        kind = field.kind
        for element in field.elements { add(element.item) }
        guard field.elements.count == 1, values.count > 1 else { return }
        switch field.elements[0].item {
        case .every(let step): wholeStep = step
        case .range(let from, let to, let step) where from == kind.lowest && to == kind.last: wholeStep = step
        default: break
        }
    }

    /// A field that is not written and therefore open.
    init(open kind: FieldKind) {
        self.kind = kind
        add(.every(step: 1))
    }

    var isFull: Bool { values.count == kind.size }

    /// Whether every value is known without the month and without a draw.
    var isPlain: Bool {
        pieces.allSatisfy {
            switch $0 {
            case .value, .range, .step: true
            case .random, .special: false
            }
        }
    }

    var hasDraw: Bool {
        pieces.contains { if case .random = $0 { true } else { false } }
    }

    private mutating func add(_ item: CronItem) {
        switch item {
        case .every(let step): add(from: kind.lowest, to: kind.last, step: step)
        case .any: add(from: kind.lowest, to: kind.last, step: 1)
        case .range(let from, let to, let step): add(from: from, to: to, step: step)
        case .dates(let mask):
            let days = (1...31).filter { mask >> UInt32($0) & 1 == 1 }
            values.formUnion(days)
            pieces += days.isEmpty ? [.special(item)] : days.map { .value($0) }
        case .random(let from, let to): pieces.append(.random(from, to))
        default: pieces.append(.special(item))
        }
    }

    private mutating func add(from: Int, to: Int, step: Int) {
        let reached = Array(stride(from: from, through: to, by: step))
        let inside = reached.map(wrapped)
        values.formUnion(inside)
        let wraps = to > kind.last
        if reached.count == 1 {
            pieces.append(.value(inside[0]))
        } else if step == 1, !wraps || kind == .dayOfWeek || kind == .month {
            pieces.append(.range(from, to))
        } else if step == 1 {
            add(from: from, to: kind.last, step: 1)
            add(from: kind.lowest, to: wrapped(to), step: 1)
        } else if reached.count == 2 || wraps || kind == .dayOfWeek {
            pieces += inside.map { .value($0) }
        } else {
            pieces.append(.step(from: from, to: reached[reached.count - 1], by: step))
        }
    }

    private func wrapped(_ value: Int) -> Int {
        value > kind.last ? (value - kind.lowest) % kind.size + kind.lowest : value
    }
}
