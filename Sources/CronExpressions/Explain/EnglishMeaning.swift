/// Writes the meaning of an expression in English.
struct EnglishMeaning {
    let time: TimeShape
    let day: DayShape
    let hasDraw: Bool

    var text: String {
        var sentence = whole + days + years
        if hasDraw { sentence += " (drawn at the start of the service; it stays the same)" }
        return sentence.prefix(1).uppercased() + sentence.dropFirst()
    }

    // MARK: Time of day

    /// The time with its seconds.
    private var whole: String {
        switch (time.seconds, time.core) {
        case (.none, _): return core
        case (.exact(let second), .times(let minutes)):
            return "at " + Self.list(minutes.map { Self.clock($0) + ":" + Self.two(second) })
        case (.exact(let second), .everyMinutes(1, let hours)): return "at second \(second) of every minute" + suffix(hours)
        case (.exact(let second), _): return core + ", at second \(second)"
        case (.every(let step), .everyMinutes(1, let hours)): return Self.every(step, "second") + suffix(hours)
        case (.every(let step), .times(let minutes)) where minutes.count == 1:
            return Self.every(step, "second") + " from \(Self.clock(minutes[0])):00 to \(Self.clock(minutes[0])):59"
        case (.every(let step), _): return Self.every(step, "second") + " of these minutes: " + core
        case (.pieces(let pieces), .everyMinutes(1, let hours)): return "at \(named("second", pieces)) of every minute" + suffix(hours)
        case (.pieces(let pieces), _): return core + ", at \(named("second", pieces))"
        }
    }

    private var core: String {
        switch time.core {
        case .times(let minutes): return "at " + Self.list(minutes.map(Self.clock))
        case .everyMinutes(let step, let hours): return Self.every(step, "minute") + suffix(hours)
        case .stretch(let step, let from, let to): return Self.every(step, "minute") + " from \(Self.clock(from)) to \(Self.clock(to))"
        case .everyHours(let step, let from, let to): return Self.every(step, "hour") + " from \(Self.clock(from)) to \(Self.clock(to))"
        case .hourly(0): return "every hour, on the hour"
        case .hourly(let minute): return "at minute \(minute) of every hour"
        case .drawn(let from, let to): return "at one drawn minute from \(Self.clock(from)) to \(Self.clock(to))"
        case .minutes(let pieces, .all): return "at \(named("minute", pieces)) of every hour"
        case .minutes(let pieces, .runs(let runs)): return "at \(named("minute", pieces)) of every hour" + suffix(.runs(runs))
        case .minutes(let pieces, .pieces(let hours)): return "at \(named("minute", pieces)) of " + hourNames(hours)
        }
    }

    private func suffix(_ hours: TimeShape.Hours) -> String {
        switch hours {
        case .all: ""
        case .runs(let runs): " " + Self.list(runs.map { "from \(Self.two($0.first)):00 to \(Self.two($0.last)):59" })
        case .pieces(let pieces): " in " + hourNames(pieces)
        }
    }

    private func hourNames(_ pieces: [FieldPiece]) -> String {
        if pieces.count == 1 {
            if case .step(let from, let to, let by) = pieces[0] {
                return "every \(Self.ordinal(by)) hour from \(Self.two(from)):00 to \(Self.two(to)):59"
            }
            if case .random(let from, let to) = pieces[0] { return "one drawn hour from \(from) to \(to)" }
        }
        return named("hour", pieces, article: true)
    }

    /// `minute 5`, `minutes 5 and 10 to 20`, `one drawn minute from 0 to 30`.
    private func named(_ unit: String, _ pieces: [FieldPiece], article: Bool = false) -> String {
        let the = article ? "the " : ""
        if pieces.count == 1 {
            switch pieces[0] {
            case .value(let value): return "\(the)\(unit) \(value)"
            case .step(let from, let to, let by): return "every \(Self.ordinal(by)) \(unit) from \(from) to \(to)"
            case .range(let from, let to): return "every \(unit) from \(from) to \(to)"
            case .random(let from, let to): return "one drawn \(unit) from \(from) to \(to)"
            case .special: break
            }
        }
        return "\(the)\(unit)s " + Self.list(pieces.map(Self.number))
    }

    static func number(_ piece: FieldPiece) -> String {
        switch piece {
        case .value(let value): String(value)
        case .range(let from, let to): "\(from) to \(to)"
        case .step(let from, let to, let by): "every \(ordinal(by)) from \(from) to \(to)"
        case .random(let from, let to): "one drawn from \(from) to \(to)"
        case .special: ""
        }
    }

    // MARK: Words

    static func every(_ step: Int, _ unit: String) -> String { step == 1 ? "every \(unit)" : "every \(step) \(unit)s" }

    /// Minutes of the day as `hh:mm`.
    static func clock(_ minute: Int) -> String { two(minute / 60) + ":" + two(minute % 60) }

    static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }

    static func list(_ parts: [String]) -> String {
        guard parts.count > 1, let last = parts.last else { return parts.first ?? "" }
        return parts.dropLast().joined(separator: ", ") + " and " + last
    }

    static func ordinal(_ number: Int) -> String {
        let tens = number % 100 / 10
        switch number % 10 {
        case 1 where tens != 1: return "\(number)st"
        case 2 where tens != 1: return "\(number)nd"
        case 3 where tens != 1: return "\(number)rd"
        default: return "\(number)th"
        }
    }
}
