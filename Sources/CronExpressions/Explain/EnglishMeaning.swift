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
        if let clocks = time.clocks { return "at " + Self.list(clocks) }
        switch (time.seconds, time.core) {
        case (.none, _): return core
        case (.exact(let second), .everyMinutes(1, let hours)): return "at second \(second) of every minute" + suffix(hours)
        case (.exact(let second), .hourly(let minute)): return "at minute \(minute), second \(second) of every hour"
        case (.exact(let second), _): return core + ", at second \(second)"
        case (.every(let step), .everyMinutes(1, let hours)): return Self.every(step, "second") + suffix(hours)
        case (.every(let step), .times(let minutes)) where minutes.count == 1:
            let clock = TimeShape.clock(minutes[0])
            return Self.every(step, "second") + " from \(clock):00 to \(clock):59"
        case (.every(let step), _): return Self.every(step, "second") + " of these minutes: " + core
        case (.pieces(let pieces), .everyMinutes(1, let hours)): return at("second", pieces) + " of every minute" + suffix(hours)
        case (.pieces(let pieces), .times(let minutes)): return at("second", pieces) + " of " + Self.list(minutes.map(TimeShape.clock))
        case (.pieces(let pieces), _): return core + ", " + at("second", pieces)
        }
    }

    private var core: String {
        switch time.core {
        case .times(let minutes): return "at " + Self.list(minutes.map(TimeShape.clock))
        case .everyMinutes(let step, let hours): return Self.every(step, "minute") + suffix(hours)
        case .stretch(let step, let from, let to): return Self.every(step, "minute") + Self.span(from, to)
        case .everyHours(let step, let from, let to): return Self.every(step, "hour") + Self.span(from, to)
        case .hourly(0): return "every hour, on the hour"
        case .hourly(let minute): return "at minute \(minute) of every hour"
        case .drawn(let from, let to): return "at one drawn minute" + Self.span(from, to)
        case .minutes(let pieces, .all): return at("minute", pieces) + " of every hour"
        case .minutes(let pieces, .runs(let runs)): return at("minute", pieces) + " of every hour" + suffix(.runs(runs))
        case .minutes(let pieces, .pieces(let hours)): return at("minute", pieces) + " of " + hourNames(hours)
        }
    }

    private func suffix(_ hours: TimeShape.Hours) -> String {
        switch hours {
        case .all: ""
        case .runs(let runs): " " + Self.list(runs.map { "from \(TimeShape.two($0.first)):00 to \(TimeShape.two($0.last)):59" })
        case .pieces(let pieces): " in " + hourNames(pieces)
        }
    }

    private func hourNames(_ pieces: [FieldPiece]) -> String {
        if pieces.count == 1 {
            switch pieces[0] {
            case .step(let from, let to, let by): return "every \(Self.ordinal(by)) hour" + Self.span(from * 60, to * 60 + 59)
            case .random(0, 23): return "one drawn hour"
            case .random(let from, let to): return "one drawn hour" + Self.span(from * 60, to * 60 + 59)
            case .value, .range, .special: break
            }
        }
        return "the " + named("hour", pieces)
    }

    /// `every 5 minutes from minute 10 to 20`, `at minutes 5 and 10 to 20`.
    private func at(_ unit: String, _ pieces: [FieldPiece]) -> String {
        guard pieces.count == 1 else { return "at " + named(unit, pieces) }
        switch pieces[0] {
        case .step(let from, let to, let by): return Self.every(by, unit) + " from \(unit) \(from) to \(to)"
        case .range(let from, let to): return "every \(unit) from \(unit) \(from) to \(to)"
        case .value, .random, .special: return "at " + named(unit, pieces)
        }
    }

    /// `minute 5`, `minutes 5 and 10 to 20`, `one drawn minute from 0 to 30`.
    private func named(_ unit: String, _ pieces: [FieldPiece]) -> String {
        if pieces.count == 1 {
            switch pieces[0] {
            case .value(let value): return "\(unit) \(value)"
            case .random(0, 59): return "one drawn \(unit)"
            case .random(let from, let to): return "one drawn \(unit) from \(from) to \(to)"
            case .range, .step, .special: break
            }
        }
        return "\(unit)s " + Self.list(pieces.map(Self.number))
    }

    private static func number(_ piece: FieldPiece) -> String {
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

    /// Between two minutes of the day.
    private static func span(_ from: Int, _ to: Int) -> String { " from \(TimeShape.clock(from)) to \(TimeShape.clock(to))" }

    static func list(_ parts: [String], _ word: String = "and") -> String {
        guard parts.count > 1, let last = parts.last else { return parts.first ?? "" }
        return parts.dropLast().joined(separator: ", ") + " \(word) " + last
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
