extension Advice {
    var english: Words {
        switch subject {
        case .neverFires: ("no day of any year matches, so this never runs", nil, nil)
        case .drawnMayNeverFire: ("the drawn value may be a day that does not exist, and then this never runs", nil, nil)
        case .allPast: ("all its fire times are past, so this never runs again", nil, nil)
        case .stepBeyond(let kind, let text, let first):
            ("\(kind.label) \(text) steps over everything but \(first)", "a step inside the range", Self.value(first, kind))
        case .unevenStep(let kind, let text, let step, let last, let first, let gap, let better):
            (
                "\(kind.label) \(text) is uneven: after \(last) comes \(first), \(Self.count(gap, kind)) later, not \(step)",
                better.isEmpty ? nil : "a step that divides \(kind.size)",
                better.isEmpty ? nil : better.map { "*/\($0)" }.joined(separator: " or ")
            )
        case .unevenDays(let text, let step):
            (
                "day of month \(text) is uneven: it begins again on the 1st of each month, fewer than \(step) days after the last one",
                nil, nil
            )
        case .eitherDay(let date, let weekday):
            (
                "either of day of month \(date) and day of week \(weekday) is enough", nil,
                "+\(weekday) in day of week if both must match"
            )
        case .bothDays(let date, let weekday):
            (
                "day of month \(date) and day of week \(weekday) must both match, because one of them begins with *", nil,
                "+\(weekday) in day of week to say so in all dialects"
            )
        case .quartzDays(let text):
            (
                "day of week \(text) counts from 0 = Sunday here, from 1 in Quartz, which this looks like",
                "names, or the dialect quartz", nil
            )
        case .skipped, .repeated: englishClock
        case .crowdedMinute(let instead):
            ("most jobs of most systems start at minute 0 of this hour", "a minute of its own, if the exact one does not matter", instead)
        case .crowdedInstant(let count, let time):
            (
                "\(count) entries of this table start together at \(time)", "minutes of their own, where the exact one does not matter",
                "~ instead of the minute 0"
            )
        case .notForCrontabs(let count, let five):
            ("these are \(count) fields; a line of a crontab has five", nil, five)
        }
    }

    private var englishClock: Words {
        switch subject {
        case .skipped(let moment, let start):
            let what = start.map { "this starts once at \($0) instead" } ?? "this does not start for \(moment.more ? "them" : "it")"
            return (
                "\(Self.times(moment)) \(moment.more ? "do" : "does") not exist in \(moment.zone) on \(moment.date), when the clock goes from "
                    + "\(moment.from) to \(moment.to): \(what)", nil, nil
            )
        case .repeated(let moment, let startsTwice):
            let what = startsTwice ? "this starts both times" : "this starts only the first time"
            return (
                "\(Self.times(moment)) \(moment.more ? "come" : "comes") twice in \(moment.zone) on \(moment.date), when the clock goes back "
                    + "from \(moment.from) to \(moment.to): \(what)", nil, nil
            )
        default: return ("", nil, nil)
        }
    }

    private static func times(_ moment: ClockMoment) -> String { moment.more ? "\(moment.time) and other times" : moment.time }

    private static func count(_ gap: Int, _ kind: FieldKind) -> String {
        let unit = kind == .dayOfWeek || kind == .dayOfMonth ? "day" : kind.label
        return gap == 1 ? "1 \(unit)" : "\(gap) \(unit)s"
    }
}
