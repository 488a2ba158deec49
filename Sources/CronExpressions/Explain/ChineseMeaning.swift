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
        if let clocks = time.clocks { return Self.list(clocks) }
        switch (time.seconds, time.core) {
        case (.none, _): return core
        case (.exact(let second), .everyMinutes(1, let hours)): return prefix(hours) + "每分钟第 \(second) 秒"
        case (.exact(let second), _): return timed + "的第 \(second) 秒"
        case (.every(let step), .everyMinutes(1, let hours)): return prefix(hours) + Self.every(step, "秒")
        case (.every(let step), .times(let minutes)) where minutes.count == 1:
            let clock = TimeShape.clock(minutes[0])
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
        case .times(let minutes): return Self.list(minutes.map(TimeShape.clock))
        case .everyMinutes(let step, let hours): return prefix(hours) + Self.every(step, "分钟")
        case .stretch(let step, let from, let to): return Self.span(from, to) + Self.every(step, "分钟")
        case .everyHours(let step, let from, let to): return Self.span(from, to) + Self.every(step, "小时")
        case .hourly(0): return "每小时整点"
        case .hourly(let minute): return "每小时第 \(minute) 分"
        case .drawn(0, 1439): return "抽定的一分钟"
        case .drawn(let from, let to): return Self.span(from, to) + "之间抽定的一分钟"
        case .minutes(let pieces, .all): return "每小时" + Self.numbers(pieces, "分")
        case .minutes(let pieces, .runs(let runs)): return prefix(.runs(runs)) + "每小时" + Self.numbers(pieces, "分")
        case .minutes(let pieces, .pieces(let hours)): return hourNames(hours) + "的" + Self.numbers(pieces, "分")
        }
    }

    private func prefix(_ hours: TimeShape.Hours) -> String {
        switch hours {
        case .all: ""
        case .runs(let runs): Self.list(runs.map { "\(TimeShape.two($0.first)):00 至 \(TimeShape.two($0.last)):59" }) + " "
        case .pieces(let pieces): hourNames(pieces) + (pieces.count == 1 && pieces[0].isOne ? "内" : "这几个小时内")
        }
    }

    /// `1、5、9 点`
    private func hourNames(_ pieces: [FieldPiece]) -> String {
        if pieces.count == 1 {
            switch pieces[0] {
            case .random(0, 23): return "抽定的一小时"
            case .random(let from, let to): return "\(from) 点至 \(to) 点之间抽定的一小时"
            case .value, .range, .step, .special: break
            }
        }
        return pieces.flatMap(Self.numbers).joined(separator: "、") + " 点"
    }

    /// The numbers of a list. A step is spelled out, because 每 and 每隔 are easily taken for each other.
    private static func numbers(_ piece: FieldPiece) -> [String] {
        switch piece {
        case .value(let value): ["\(value)"]
        case .range(let from, let to): ["\(from) 至 \(to)"]
        case .step(let from, let to, let by): stride(from: from, through: to, by: by).map { "\($0)" }
        case .random(let from, let to): ["\(from) 至 \(to) 之间抽定的一个"]
        case .special: []
        }
    }

    /// `第 0、10 至 20 分`.
    private static func numbers(_ pieces: [FieldPiece], _ unit: String) -> String {
        let length = unit == "分" ? "分钟" : unit
        if pieces.count == 1 {
            switch pieces[0] {
            case .range(let from, let to): return "第 \(from) 至 \(to) \(unit)" + every(1, length)
            case .step(let from, let to, let by): return "第 \(from) 至 \(to) \(unit)" + every(by, length)
            case .random(0, 59): return "抽定的一\(length)"
            case .random(let from, let to): return "第 \(from) 至 \(to) \(unit)之间抽定的一\(length)"
            case .value, .special: break
            }
        }
        return "第 " + pieces.flatMap(numbers).joined(separator: "、") + " " + unit
    }

    // MARK: Words

    private static func span(_ from: Int, _ to: Int) -> String { "\(TimeShape.clock(from)) 至 \(TimeShape.clock(to)) " }

    static func every(_ step: Int, _ unit: String) -> String { step == 1 ? "每\(unit)" : "每 \(step) \(unit)" }

    static func list(_ parts: [String], _ word: String = "和") -> String {
        guard parts.count > 1, let last = parts.last, let before = parts.dropLast().last else { return parts.first ?? "" }
        let isTight = before.unicodeScalars.last.map { $0.value > 0x80 } ?? false
        let opens = last.unicodeScalars.first.map { $0.value > 0x80 } ?? false
        return parts.dropLast().joined(separator: "、") + (isTight ? word : " " + word) + (opens ? "" : " ") + last
    }
}
