internal import CronExpressions

/// The directive lines that stand above an entry, gathered until it comes.
///
/// Whatever is wrong with them is wrong with the entry: it becomes a bad line. What could be read is kept all the same, so that a bad line
/// can still be found by its name.
struct DirectiveBlock {
    var directives = Directives()
    var zone: Zone?
    /// The line of the first directive that an entry must follow.
    var firstLine: (number: Int, range: Range<Int>)?
    /// The line of the first fault.
    private(set) var faultLine: Int?
    /// The name is another entry's.
    var isRefused = false
    private var seen: Set<String> = []

    var isEmpty: Bool { firstLine == nil }

    /// A fault in a directive line; the range counts bytes of the file.
    struct Fault {
        var message: String
        var range: Range<Int>
        var suggestion: String?
    }

    /// Notes a fault in a line of the block.
    mutating func fail(in line: Int) { faultLine = faultLine ?? line }

    /// Takes a `key=value` that is not `dialect=`.
    mutating func take(_ word: DirectiveWords.Word, zones: inout ZoneLookup) -> Fault? {
        guard let key = DirectiveKey(rawValue: word.key) else {
            if DirectiveKey.notYet.contains(word.key) {
                return Fault(message: "\(word.key)= is not supported yet, so this entry does not run", range: word.range, suggestion: nil)
            }
            return Fault(
                message: "there is no directive \(word.key)=",
                range: word.range.lowerBound..<word.range.lowerBound + word.key.utf8.count + 1,
                suggestion: DirectiveKey.nearest(to: word.key).map { $0 + "=" })
        }
        guard seen.insert(word.key).inserted else {
            return Fault(message: "\(word.key)= stands here twice", range: word.range, suggestion: nil)
        }
        return key == .tz ? takeZone(word, &zones) : takeValue(key, word)
    }

    private mutating func takeZone(_ word: DirectiveWords.Word, _ zones: inout ZoneLookup) -> Fault? {
        do {
            zone = try zones.zone(named: word.value)
            directives.tz = word.value
            return nil
        } catch {
            return Fault(message: error.message, range: word.valueRange, suggestion: error.suggestion)
        }
    }

    private mutating func takeValue(_ key: DirectiveKey, _ word: DirectiveWords.Word) -> Fault? {
        let value = word.value
        switch key {
        case .name: directives.name = Self.isName(value) ? value : nil
        case .every: directives.every = DurationText.read(value).flatMap { $0 >= .seconds(1) ? $0 : nil }
        case .after: directives.after = BoundText.read(value, roundsUp: true)
        case .until: directives.until = BoundText.read(value, roundsUp: false)
        case .jitter: directives.jitter = DurationText.read(value)
        case .overlap: directives.overlap = value == "allow" ? .allow : value == "skip" ? .skip : nil
        case .maxRunning: directives.maxRunning = Self.number(value, in: 1...1_000_000)
        case .grace: directives.grace = value == "none" ? .unlimited : DurationText.read(value).map { .limited($0) }
        case .catchUp: directives.catchUp = Self.catchUp(value)
        case .attempts: directives.attempts = Self.number(value, in: 1...1000)
        case .backoff: directives.backoff = Self.backoff(value)
        case .host: directives.host = Self.host(value)
        case .storeDown: directives.storeDown = Directives.StoreDown(rawValue: value)
        case .log: directives.log = ["lines": .lines, "raw": .raw, "json": .json, "none": Directives.Log.none][value]
        case .cwd: directives.cwd = value.utf8.first == UInt8(ascii: "/") ? value : nil
        case .umask: directives.umask = Self.octal(value)
        case .tz, .dialect: return nil
        }
        let isSet: Bool =
            switch key {
            case .name: directives.name != nil
            case .every: directives.every != nil
            case .after: directives.after != nil
            case .until: directives.until != nil
            case .jitter: directives.jitter != nil
            case .overlap: directives.overlap != nil
            case .maxRunning: directives.maxRunning != nil
            case .grace: directives.grace != nil
            case .catchUp: directives.catchUp != nil
            case .attempts: directives.attempts != nil
            case .backoff: directives.backoff != nil
            case .host: directives.host != nil
            case .storeDown: directives.storeDown != nil
            case .log: directives.log != nil
            case .cwd: directives.cwd != nil
            case .umask: directives.umask != nil
            case .tz, .dialect: true
            }
        return isSet ? nil : Self.fault(key, word)
    }

    private static func fault(_ key: DirectiveKey, _ word: DirectiveWords.Word) -> Fault {
        if key == .overlap, word.value == "replace" || word.value.hasPrefix("queue(") {
            return Fault(
                message: "overlap=\(word.value) is not supported yet, so this entry does not run", range: word.valueRange, suggestion: nil)
        }
        let wanted =
            switch key {
            case .name: "a letter or digit, then up to 63 letters, digits, _ or -"
            case .every: "a duration of at least 1s such as 90s, 5m, 1h30m, 2d"
            case .after, .until: "an RFC 3339 time such as 2027-01-31T12:00:00Z or 2027-01-31T12:00:00+01:00"
            case .jitter: "a duration such as 90s, 5m, 1h30m"
            case .overlap: "allow or skip"
            case .maxRunning: "a number from 1 to 1000000"
            case .grace: "a duration such as 90s, 5m, 1h30m, 2d, or none"
            case .catchUp: "none, last or all(n)"
            case .attempts: "a number from 1 to 1000, the first attempt included"
            case .backoff: "fixed(d) or exponential(first, cap) with durations such as 10s, 5m"
            case .host: "any, all or the name of a host"
            case .storeDown: "hold, local, rank0 or skip"
            case .log: "lines, raw, json or none"
            case .cwd: "a path that begins with /"
            case .umask: "an octal number from 0 to 777"
            case .tz, .dialect: "a name"
            }
        let suggestion = completed(key, word.value).map { "\(word.key)=\($0)" }
        return Fault(
            message: "\(word.key)= takes \(wanted), not “\(word.value)”", range: suggestion == nil ? word.valueRange : word.range,
            suggestion: suggestion)
    }

    /// A value that only lacks its end.
    private static func completed(_ key: DirectiveKey, _ value: String) -> String? {
        switch key {
        case .every, .jitter, .grace: number(value, in: 1...100_000_000).map { "\($0)s" }
        case .after, .until: ["Z", ":00Z", "T00:00:00Z"].map { value + $0 }.first { Instant(rfc3339: $0) != nil }
        default: nil
        }
    }

    private static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, first.isLetter || first.isDigit, bytes.count <= 64 else { return false }
        return bytes.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }

    private static func number(_ text: some StringProtocol, in range: ClosedRange<Int>) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy(\.isDigit), let number = Int(text), range.contains(number) else { return nil }
        return number
    }

    private static func catchUp(_ text: String) -> Directives.CatchUp? {
        if text == "none" { return Directives.CatchUp.none }
        if text == "last" { return .last }
        guard text.hasPrefix("all("), text.hasSuffix(")"), text.utf8.count > 5 else { return nil }
        return number(text.dropFirst(4).dropLast(), in: 1...1_000_000).map { .all($0) }
    }

    private static func backoff(_ text: String) -> Directives.Backoff? {
        guard text.hasSuffix(")"), let open = text.firstIndex(of: "(") else { return nil }
        let values = text[text.index(after: open)...].dropLast().split(separator: ",", omittingEmptySubsequences: false).map {
            DurationText.read(String($0.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed()))
        }
        switch (text[..<open], values.count) {
        case ("fixed", 1): return values[0].map { .fixed($0) }
        case ("exponential", 2):
            guard let first = values[0], let cap = values[1], first > .zero, first <= cap else { return nil }
            return .exponential(first: first, cap: cap)
        default: return nil
        }
    }

    private static func host(_ text: String) -> Directives.Host? {
        if text == "any" { return .any }
        if text == "all" { return .all }
        let bytes = text.utf8
        guard let first = bytes.first, first.isLetter || first.isDigit, bytes.count <= 253 else { return nil }
        let isName = bytes.allSatisfy { $0.isLetter || $0.isDigit || "-._".utf8.contains($0) }
        return isName ? .named(text) : nil
    }

    private static func octal(_ text: String) -> UInt16? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy(\.isDigit), let mask = UInt16(text, radix: 8), mask <= 0o777 else {
            return nil
        }
        return mask
    }
}
