/// The shape that the second, minute and hour fields make together: what kind of sentence they want, in any language.
struct TimeShape {
    /// The hours in which something happens.
    enum Hours {
        case all
        /// A few stretches of whole hours, first and last; one may go over midnight.
        case runs([(first: Int, last: Int)])
        case pieces([FieldPiece])
    }

    enum Core {
        /// At these minutes of the day.
        case times([Int])
        /// Every n minutes, counted from the full hour.
        case everyMinutes(step: Int, Hours)
        /// Every n minutes between two minutes of the day, of one hour.
        case stretch(step: Int, from: Int, to: Int)
        /// Every n hours between two minutes of the day.
        case everyHours(step: Int, from: Int, to: Int)
        case hourly(minute: Int)
        /// One minute of a stretch of the day, drawn once.
        case drawn(from: Int, to: Int)
        case minutes([FieldPiece], Hours)
    }

    enum Seconds {
        case none
        case exact(Int)
        case every(step: Int)
        case pieces([FieldPiece])
    }

    var core: Core
    var seconds: Seconds

    /// - Parameter joinsMidnight: whether 22-23 and 0-2 make one stretch, because every day matches.
    init(second: FieldShape?, minute: FieldShape, hour: FieldShape, joinsMidnight: Bool) {
        core = Self.core(minute, hour, joinsMidnight)
        seconds = second.map(Self.seconds) ?? .none
    }

    /// Few enough times of the day to name them all.
    private static let mostTimes = 6

    private static func core(_ minute: FieldShape, _ hour: FieldShape, _ joinsMidnight: Bool) -> Core {
        let hours = hoursShape(hour, joinsMidnight)
        if let drawn = drawnMinute(minute, hour) { return drawn }
        guard minute.isPlain, hour.isPlain || minute.isFull else { return .minutes(minute.pieces, hours) }
        if minute.isFull { return .everyMinutes(step: 1, hours) }
        if let step = minute.wholeStep { return .everyMinutes(step: step, hours) }
        let (minutes, all) = (minute.values.sorted(), hour.values.sorted())
        guard let first = all.first, let last = all.last, let start = minutes.first, let end = minutes.last else {
            return .minutes(minute.pieces, hours)
        }
        if minutes.count == 1 {
            if hour.isFull { return .hourly(minute: start) }
            if all.count > 2, let step = evenStep(hour) { return .everyHours(step: step, from: first * 60 + start, to: last * 60 + start) }
        } else if all.count == 1, let step = evenStep(minute), minutes.count > 2 {
            return .stretch(step: step, from: first * 60 + start, to: first * 60 + end)
        }
        if minutes.count * all.count <= mostTimes || minutes.count == 1 && all.count <= 12 {
            return .times(all.flatMap { h in minutes.map { h * 60 + $0 } })
        }
        return .minutes(minute.pieces, hours)
    }

    /// `~ 2`: one minute of an hour.
    private static func drawnMinute(_ minute: FieldShape, _ hour: FieldShape) -> Core? {
        guard minute.pieces.count == 1, case .random(let from, let to) = minute.pieces[0], hour.pieces.count == 1,
            case .value(let h) = hour.pieces[0]
        else { return nil }
        return .drawn(from: h * 60 + from, to: h * 60 + to)
    }

    /// The step of a field that is one range or one `a-b/n`.
    private static func evenStep(_ field: FieldShape) -> Int? {
        guard field.pieces.count == 1 else { return nil }
        switch field.pieces[0] {
        case .range: return 1
        case .step(_, _, let by): return by
        default: return nil
        }
    }

    private static func hoursShape(_ hour: FieldShape, _ joinsMidnight: Bool) -> Hours {
        if hour.isFull { return .all }
        guard hour.isPlain else { return .pieces(hour.pieces) }
        var runs: [(first: Int, last: Int)] = []
        for h in hour.values.sorted() {
            if let last = runs.last, last.last == h - 1 {
                runs[runs.count - 1].last = h
            } else {
                runs.append((h, h))
            }
        }
        if joinsMidnight, runs.count > 1, runs[0].first == 0, runs[runs.count - 1].last == 23 {
            runs[0].first = runs.removeLast().first
        }
        return runs.count <= 3 ? .runs(runs) : .pieces(hour.pieces)
    }

    private static func seconds(_ second: FieldShape) -> Seconds {
        if second.isFull { return .every(step: 1) }
        if second.isPlain, second.values == [0] { return .none }
        if second.isPlain, second.values.count == 1, let value = second.values.first { return .exact(value) }
        if let step = second.wholeStep { return .every(step: step) }
        return .pieces(second.pieces)
    }

    /// Whether the sentence says “at”, not “every”.
    var isAt: Bool {
        switch (core, seconds) {
        case (.times, .every), (.drawn, .every): false
        case (.times, _), (.drawn, _): true
        default: false
        }
    }
}
