internal import CronExpressions
internal import CronJobs

// Rows are words with one space between; see `RedisScript.rowsLua`. A word has no space in it, and a word for nothing is `-`.

/// The words of a row.
struct RowText {
    private let words: [String]
    let rest: [UInt8]

    /// Takes `count` words; what follows the space after them is `rest`.
    init?(_ bytes: [UInt8], words count: Int) {
        var words: [String] = [], start = 0
        for _ in 0..<count {
            guard start <= bytes.count else { return nil }
            let end = bytes[start...].firstIndex(of: 32) ?? bytes.count
            words.append(String(decoding: bytes[start..<end], as: UTF8.self))
            start = end + 1
        }
        self.words = words
        rest = start < bytes.count ? Array(bytes[start...]) : []
    }

    func word(_ index: Int) -> String? {
        guard index < words.count, words[index] != "-" else { return nil }
        return words[index]
    }

    func number(_ index: Int) -> Int64? { word(index).flatMap { Int64($0) } }
    func time(_ index: Int) -> WallTime? { number(index).map { WallTime(nanoseconds: $0) } }

    /// Any text as one word.
    static func encoded(_ text: String) -> String {
        if text.isEmpty { return "%" }
        var word: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"):
                word.append(byte)
            case UInt8(ascii: "-") where !word.isEmpty: word.append(byte)
            default: word += [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 15)]
            }
        }
        return String(decoding: word, as: UTF8.self)
    }

    static func decoded(_ word: String) -> String {
        var bytes: [UInt8] = [], input = word.utf8.makeIterator()
        while let byte = input.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = input.next(), let low = input.next() else { break }
            bytes.append(value(high) << 4 | value(low))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }
    private static func value(_ digit: UInt8) -> UInt8 { (digit < 58 ? digit &- 48 : digit &- 87) & 15 }
}

extension RunRecord {
    /// From an attempt's row as the store has it; `nil` for what is no row.
    init?(_ key: AttemptKey, row bytes: [UInt8], isOpen: Bool) {
        guard let row = RowText(bytes, words: isOpen ? 12 : 9) else { return nil }
        let base = isOpen ? 7 : 0
        guard let first = row.number(base), let count = row.number(base + 1), let claimed = row.time(base + 3) else { return nil }
        var resources: Resources?
        if !isOpen, let user = row.number(6), let system = row.number(7) {
            resources = Resources(userTime: .nanoseconds(user), systemTime: .nanoseconds(system))
        }
        let fallback = key.run.occasion.fireTime == nil ? Trigger.manual : .scheduled
        let (trigger, by, request) = AttemptWords.trigger(row.word(base + 2) ?? "")
        var pool: String?
        if isOpen, case .queued(let name) = AttemptWords.state(row.word(1) ?? "") { pool = name }
        self.init(
            run: key.run, attempt: key.attempt, trigger: trigger ?? fallback,
            first: Instant(first), count: Int(clamping: count), claimedAt: claimed, startedAt: row.time(isOpen ? 6 : 4),
            finishedAt: isOpen ? nil : row.time(5),
            outcome: isOpen ? nil : row.word(8).flatMap { Outcome(RowText.decoded($0)) } ?? .unconfirmed, resources: resources,
            tail: isOpen ? [] : row.rest, pool: pool, request: request, by: by)
    }
}
