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
        if let step = minute.wholeStep, isRhythm(step) { return .everyMinutes(step: step, hours) }
        let (minutes, all) = (minute.values.sorted(), hour.values.sorted())
        guard let first = all.first, let last = all.last, let start = minutes.first, let end = minutes.last else {
            return .minutes(minute.pieces, hours)
        }
        if minutes.count == 1 {
            if hour.isFull { return .hourly(minute: start) }
            if all.count > 2, let step = evenStep(hour) { return .everyHours(step: step, from: first * 60 + start, to: last * 60 + start) }
            if all.count > 2, case .runs(let runs) = hours, runs.count == 1, runs[0].first > runs[0].last {
                return .everyHours(step: 1, from: runs[0].first * 60 + start, to: runs[0].last * 60 + start)
            }
        } else if all.count == 1, let step = evenStep(minute), minutes.count > 2 {
            return .stretch(step: step, from: first * 60 + start, to: first * 60 + end)
        }
        if minutes.count * all.count <= mostTimes || minutes.count == 1 && all.count <= 12 {
            return .times(all.flatMap { h in minutes.map { h * 60 + $0 } })
        }
        return .minutes(minute.pieces, hours)
    }

    /// `~ 2`: one minute of an hour. `~ 2~5`: one of several.
    private static func drawnMinute(_ minute: FieldShape, _ hour: FieldShape) -> Core? {
        guard minute.pieces.count == 1, case .random(let from, let to) = minute.pieces[0], hour.pieces.count == 1 else { return nil }
        switch hour.pieces[0] {
        case .value(let hour): return .drawn(from: hour * 60 + from, to: hour * 60 + to)
        case .random(let first, let last) where from == 0 && to == 59: return .drawn(from: first * 60, to: last * 60 + 59)
        default: return nil
        }
    }

    /// Whether something happens every so many minutes or seconds, if not always evenly (which is for advice to say): not at 0 and 40.
    private static func isRhythm(_ step: Int) -> Bool { step <= 30 }

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
        if let step = second.wholeStep, isRhythm(step) { return .every(step: step) }
        return .pieces(second.pieces)
    }

    /// Whether the sentence says “at”, not “every”.
    var isAt: Bool {
        switch (core, seconds) {
        case (.times, .every), (.drawn, .every): false
        case (.times, _), (.drawn, _): true
        case (.minutes(let minutes, .pieces(let hours)), _): minutes.count == 1 && minutes[0].isOne && hours.count == 1 && hours[0].isOne
        default: false
        }
    }

    /// The times of the day with their seconds, where they are few enough to name them all.
    var clocks: [String]? {
        guard case .times(let minutes) = core else { return nil }
        switch seconds {
        case .none: return minutes.map(Self.clock)
        case .exact(let second): return minutes.map { Self.clock($0) + ":" + Self.two(second) }
        case .every: return nil
        case .pieces(let pieces):
            let seconds = pieces.compactMap { if case .value(let second) = $0 { second } else { nil } }.sorted()
            guard seconds.count == pieces.count, seconds.count * minutes.count <= Self.mostTimes else { return nil }
            return minutes.flatMap { minute in seconds.map { Self.clock(minute) + ":" + Self.two($0) } }
        }
    }

    /// Minutes of the day as `hh:mm`.
    static func clock(_ minute: Int) -> String { two(minute / 60) + ":" + two(minute % 60) }

    static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
}
