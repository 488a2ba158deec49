// tidy: helper
/// Makes random valid expressions of the default dialect.
struct ExpressionGenerator {
    var random: SeededGenerator

    mutating func expression() -> String {
        var fields = [field(0, 59, [], 30), field(0, 23, [], 40), date(), field(1, 12, NaiveExpression.monthNames, 75), weekday()]
        if random.chance(15) {
            fields.insert(field(0, 59, [], 10), at: 0)
            if random.chance(50) { fields.append(field(1970, 2199, [], 70)) }
        }
        return fields.joined(separator: random.chance(10) ? " \t" : " ")
    }

    private mutating func field(_ low: Int, _ high: Int, _ names: [String], _ starPercent: Int) -> String {
        if random.chance(starPercent) { return random.chance(40) ? "*/\(1 + random.below(random.chance(10) ? 99 : 12))" : "*" }
        return (0...(random.chance(30) ? random.below(3) : 0)).map { _ in item(low, high, names) }.joined(separator: ",")
    }

    private mutating func item(_ low: Int, _ high: Int, _ names: [String]) -> String {
        let a = low + random.below(high - low + 1)
        if random.chance(60) { return text(a, names) }
        let b = a + random.below(high - a + 1)
        let step = random.chance(40) ? "/\(1 + random.below(9))" : ""
        return "\(text(a, names))-\(text(b, names))\(step)"
    }

    private mutating func text(_ value: Int, _ names: [String]) -> String {
        if value < names.count, random.chance(40) { return random.chance(50) ? names[value] : names[value].lowercased() }
        return random.chance(10) ? "0\(value)" : String(value)
    }

    private mutating func date() -> String {
        switch random.below(20) {
        case 0: return "?"
        case 1: return "L"
        case 2: return "LW"
        case 3: return "\(1 + random.below(31))W"
        case 4: return "1,L"
        default: return field(1, 31, [], 70)
        }
    }

    private mutating func weekday() -> String {
        let plus = random.chance(10) ? "+" : ""
        switch random.below(20) {
        case 0: return "?"
        case 1: return plus + text(random.below(7), NaiveExpression.dayNames) + "L"
        case 2: return plus + text(random.below(7), NaiveExpression.dayNames) + "#\(1 + random.below(5))"
        case 3: return plus + "\(random.below(7))#L,2"
        case 4: return plus + "\(text(1 + random.below(6), NaiveExpression.dayNames))-SUN"
        case 5: return plus + "\(1 + random.below(6))-0/2"
        default: return plus + field(0, 7, NaiveExpression.dayNames, 70)
        }
    }
}
