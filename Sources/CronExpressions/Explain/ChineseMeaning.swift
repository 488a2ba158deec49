/// Writes the meaning of an expression in Chinese: days first, then the time.
struct ChineseMeaning {
    let time: TimeShape
    let day: DayShape
    let hasDraw: Bool

    var text: String {
        let days = days
        let sentence = days.isEmpty ? whole : days + (needsBlank(days) ? " " : "") + whole
        return hasDraw ? sentence + "（在服务启动时抽定，之后保持不变）" : sentence
    }

    /// A blank between a Chinese character and a digit.
    private func needsBlank(_ days: String) -> Bool { whole.utf8.first.map { $0 < 0x80 } ?? false && !days.hasSuffix("）") }

    // MARK: Time of day

    private var whole: String {
        switch (time.seconds, time.core) {
        case (.none, _): return core
        case (.exact(let second), .times(let minutes)):
            return Self.list(minutes.map { EnglishMeaning.clock($0) + ":" + EnglishMeaning.two(second) })
        case (.exact(let second), .everyMinutes(1, let hours)): return prefix(hours) + "每分钟第 \(second) 秒"
        case (.exact(let second), _): return timed + "的第 \(second) 秒"
        case (.every(let step), .everyMinutes(1, let hours)): return prefix(hours) + Self.every(step, "秒")
        case (.every(let step), .times(let minutes)) where minutes.count == 1:
            let clock = EnglishMeaning.clock(minutes[0])
            return "\(clock):00 至 \(clock):59 " + Self.every(step, "秒")
        case (.every(let step), _): return core + "，在这些分钟内" + Self.every(step, "秒")
        case (.pieces(let pieces), .everyMinutes(1, let hours)): return prefix(hours) + "每分钟" + Self.numbers(pieces, "秒")
        case (.pieces(let pieces), _): return timed + "的" + Self.numbers(pieces, "秒")
        }
    }

    /// The time without its seconds, before 的.
    private var timed: String { core.utf8.last.map { $0 < 0x80 } ?? false ? core + " " : core }

    private var core: String {
        switch time.core {
        case .times(let minutes): return Self.list(minutes.map(EnglishMeaning.clock))
        case .everyMinutes(let step, let hours): return prefix(hours) + (step == 1 ? "每分钟" : "每 \(step) 分钟")
        case .stretch(let step, let from, let to): return Self.span(from, to) + (step == 1 ? "每分钟" : "每 \(step) 分钟")
        case .everyHours(let step, let from, let to): return Self.span(from, to) + (step == 1 ? "每小时" : "每 \(step) 小时")
        case .hourly(0): return "每小时整点"
        case .hourly(let minute): return "每小时第 \(minute) 分"
        case .drawn(let from, let to): return Self.span(from, to) + "之间抽定的一分钟"
        case .minutes(let pieces, .all): return "每小时" + Self.numbers(pieces, "分")
        case .minutes(let pieces, .runs(let runs)): return prefix(.runs(runs)) + "每小时" + Self.numbers(pieces, "分")
        case .minutes(let pieces, .pieces(let hours)): return hourNames(hours) + "的" + Self.numbers(pieces, "分")
        }
    }

    private func prefix(_ hours: TimeShape.Hours) -> String {
        switch hours {
        case .all: ""
        case .runs(let runs): Self.list(runs.map { "\(EnglishMeaning.two($0.first)):00 至 \(EnglishMeaning.two($0.last)):59" }) + " "
        case .pieces(let pieces): hourNames(pieces) + "内"
        }
    }

    private func hourNames(_ pieces: [FieldPiece]) -> String {
        Self.list(
            pieces.map {
                switch $0 {
                case .value(let hour): "\(hour) 点"
                case .range(let from, let to): "\(from) 点至 \(to) 点"
                case .step(let from, let to, let by): "\(from) 点至 \(to) 点每隔 \(by) 小时的一小时"
                case .random(let from, let to): "\(from) 点至 \(to) 点之间抽定的一小时"
                case .special: ""
                }
            })
    }

    private static func numbers(_ pieces: [FieldPiece], _ unit: String) -> String {
        list(
            pieces.map {
                switch $0 {
                case .value(let value): "第 \(value) \(unit)"
                case .range(let from, let to): "第 \(from) 至 \(to) \(unit)"
                case .step(let from, let to, let by): "第 \(from) 至 \(to) \(unit)每 \(by) \(unit == "分" ? "分钟" : unit)"
                case .random(let from, let to): "第 \(from) 至 \(to) \(unit)之间抽定的一\(unit == "分" ? "分钟" : unit)"
                case .special: ""
                }
            })
    }

    // MARK: Words

    private static func span(_ from: Int, _ to: Int) -> String { "\(EnglishMeaning.clock(from)) 至 \(EnglishMeaning.clock(to)) " }

    static func every(_ step: Int, _ unit: String) -> String { step == 1 ? "每\(unit)" : "每 \(step) \(unit)" }

    static func list(_ parts: [String]) -> String {
        guard parts.count > 1, let last = parts.last, let before = parts.dropLast().last else { return parts.first ?? "" }
        let isTight = before.unicodeScalars.last.map { $0.value > 0x80 } ?? false
        let opens = last.unicodeScalars.first.map { $0.value > 0x80 } ?? false
        return parts.dropLast().joined(separator: "、") + (isTight ? "和" : " 和") + (opens ? "" : " ") + last
    }
}
