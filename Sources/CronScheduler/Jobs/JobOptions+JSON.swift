public import CronJobs

// As they are stored and exported: what is as usual is left out. Durations are in milliseconds.

extension JobOptions: JSONCoded {
    private static let usual = JobOptions()

    public var json: JSONValue {
        let usual = Self.usual
        return .fields([
            "grace": grace == usual.grace ? nil : grace.map { $0.wholeMilliseconds } ?? -1,
            "catchUp": catchUp == usual.catchUp ? nil : catchUp.word, "overlap": overlap == usual.overlap ? nil : overlap.word,
            "maxRunning": maxRunning == usual.maxRunning ? nil : maxRunning,
            "jitter": jitter == .zero ? nil : jitter.wholeMilliseconds, "attempts": retry.attempts == 1 ? nil : retry.attempts,
            "backoff": retry.backoff == usual.retry.backoff ? nil : retry.backoff.word, "timeout": timeout?.wholeMilliseconds,
            "killAfter": killAfter == usual.killAfter ? nil : killAfter.wholeMilliseconds,
            "storeDown": storeDown == usual.storeDown ? nil : storeDown.rawValue, "onStop": onStop == usual.onStop ? nil : onStop.rawValue,
        ])
    }

    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        func duration(_ name: String) throws(JSONFault) -> Duration? {
            let number: Int64? = try fields.optional(name)
            return number.map { .milliseconds($0) }
        }
        self.init()
        if let grace = try duration("grace") { self.grace = grace < .zero ? nil : grace }
        catchUp = try Self.read(fields, "catchUp", CatchUpPolicy.init(word:)) ?? catchUp
        overlap = try Self.read(fields, "overlap", OverlapPolicy.init(word:)) ?? overlap
        maxRunning = try fields.optional("maxRunning") ?? maxRunning
        jitter = try duration("jitter") ?? jitter
        retry.attempts = try fields.optional("attempts") ?? 1
        retry.backoff = try Self.read(fields, "backoff", RetryPolicy.Backoff.init(word:)) ?? retry.backoff
        timeout = try duration("timeout")
        killAfter = try duration("killAfter") ?? killAfter
        storeDown = try fields.optionalWord("storeDown") ?? storeDown
        onStop = try fields.optionalWord("onStop") ?? onStop
        try check()
    }

    private static func read<Value>(_ fields: JSONFields, _ name: String, _ value: (String) -> Value?) throws(JSONFault) -> Value? {
        guard let word: String = try fields.optional(name) else { return nil }
        guard let value = value(word) else { throw JSONFault("\"\(name)\" knows no \"\(word)\"") }
        return value
    }

    /// What a run cannot be treated by is refused, wherever it comes from.
    func check() throws(JSONFault) {
        guard maxRunning >= 1, retry.attempts >= 1 else { throw JSONFault("maxRunning and attempts are at least 1") }
        guard jitter >= .zero, killAfter >= .zero, timeout.map({ $0 > .zero }) ?? true, grace.map({ $0 >= .zero }) ?? true else {
            throw JSONFault("grace, jitter and killAfter are not negative, and a timeout is more than nothing")
        }
    }
}

extension CatchUpPolicy {
    fileprivate var word: String {
        switch self {
        case .none: "none"
        case .last: "last"
        case .first: "first"
        case .all(let limit): "all(\(limit))"
        }
    }

    fileprivate init?(word: String) {
        switch word {
        case "none": self = .none
        case "last": self = .last
        case "first": self = .first
        default:
            guard let limit = word.number(in: "all"), limit >= 1 else { return nil }
            self = .all(limit: limit)
        }
    }
}

extension OverlapPolicy {
    fileprivate var word: String {
        switch self {
        case .allow: "allow"
        case .skip: "skip"
        case .queue(let limit): "queue(\(limit))"
        case .replace: "replace"
        }
    }

    fileprivate init?(word: String) {
        switch word {
        case "allow": self = .allow
        case "skip": self = .skip
        case "replace": self = .replace
        default:
            guard let limit = word.number(in: "queue"), limit >= 1 else { return nil }
            self = .queue(limit)
        }
    }
}

extension RetryPolicy.Backoff {
    fileprivate var word: String {
        switch self {
        case .fixed(let delay): "\(delay.wholeMilliseconds)"
        case .exponential(let first, let cap): "\(first.wholeMilliseconds)..\(cap.wholeMilliseconds)"
        }
    }

    fileprivate init?(word: String) {
        let numbers = word.split(separator: ".").compactMap { Int64($0) }.filter { $0 >= 0 }
        switch numbers.count {
        case 1 where !word.contains("."): self = .fixed(.milliseconds(numbers[0]))
        case 2: self = .exponential(first: .milliseconds(numbers[0]), cap: .milliseconds(numbers[1]))
        default: return nil
        }
    }
}

extension String {
    /// The number of `name(number)`.
    fileprivate func number(in name: String) -> Int? {
        guard hasPrefix(name + "("), hasSuffix(")") else { return nil }
        return Int(dropFirst(name.count + 1).dropLast())
    }
}
