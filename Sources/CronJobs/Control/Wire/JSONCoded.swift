public import CronExpressions

/// Has a JSON form.
public protocol JSONCoded {
    init(json: JSONValue) throws(JSONFault)
    var json: JSONValue { get }
}

extension JSONCoded {
    /// The same with every text of it in sight, to be shown to people.
    public var visible: Self { (try? Self(json: json.visible)) ?? self }
}

/// The fields of an object. A field that is `null` is not there; others than those that are asked for are passed over.
public struct JSONFields {
    private let object: [String: JSONValue]

    public init(_ json: JSONValue) throws(JSONFault) {
        guard case .object(let object) = json else { throw JSONFault("an object is wanted") }
        self.object = object
    }

    public var names: Set<String> { Set(object.keys) }

    /// Whether the field is there at all, `null` included.
    public func has(_ name: String) -> Bool { object[name] != nil }

    /// The one field of an object that has no other.
    var onlyName: String? { object.count == 1 ? object.first?.key : nil }

    /// `nil` where the field is absent or `null`; throws where it is something else than wanted.
    public func optional<Value: JSONCoded>(_ name: String) throws(JSONFault) -> Value? {
        guard let json = object[name], json != .null else { return nil }
        do {
            return try Value(json: json)
        } catch {
            throw JSONFault("\"\(name)\": \(error)")
        }
    }

    /// Throws, naming the field, where it is absent or something else than wanted.
    public func value<Value: JSONCoded>(_ name: String) throws(JSONFault) -> Value {
        guard let value: Value = try optional(name) else { throw JSONFault("\"\(name)\" is missing") }
        return value
    }

    /// One of the words of an enum.
    public func optionalWord<Word: RawRepresentable<String>>(_ name: String) throws(JSONFault) -> Word? {
        guard let text: String = try optional(name) else { return nil }
        guard let word = Word(rawValue: text) else { throw JSONFault("\"\(name)\" knows no \"\(text)\"") }
        return word
    }

    /// One of a type's words; throws, naming field and word, for any other.
    public func word<Word: RawRepresentable<String>>(_ name: String) throws(JSONFault) -> Word {
        guard let word: Word = try optionalWord(name) else { throw JSONFault("\"\(name)\" is missing") }
        return word
    }

    /// Words of an enum; none where the field is missing.
    public func words<Word: RawRepresentable<String> & Hashable>(_ name: String) throws(JSONFault) -> Set<Word> {
        var words: Set<Word> = []
        for text: String in try optional(name) ?? [] {
            guard let word = Word(rawValue: text) else { throw JSONFault("\"\(name)\" knows no \"\(text)\"") }
            words.insert(word)
        }
        return words
    }
}

extension String: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        guard case .text(let text) = json else { throw JSONFault("a text is wanted") }
        self = text
    }

    public var json: JSONValue { .text(self) }
}

extension Bool: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        guard case .flag(let flag) = json else { throw JSONFault("true or false is wanted") }
        self = flag
    }

    public var json: JSONValue { .flag(self) }
}

extension JSONCoded where Self: FixedWidthInteger {
    public init(json: JSONValue) throws(JSONFault) {
        guard case .number(let number) = json, let value = Self(exactly: number) else {
            throw JSONFault("a whole number from \(Self.min) to \(Self.max) is wanted")
        }
        self = value
    }

    public var json: JSONValue { .number(Int64(clamping: self)) }
}

extension Int: JSONCoded {}
extension Int64: JSONCoded {}
extension Int32: JSONCoded {}
extension UInt32: JSONCoded {}

extension Array: JSONCoded where Element: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        guard case .list(let list) = json else { throw JSONFault("a list is wanted") }
        self = []
        reserveCapacity(list.count)
        for json in list { append(try Element(json: json)) }
    }

    public var json: JSONValue { .list(map { $0.json }) }
}

extension JobID: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) { self.init(try String(json: json)) }
    public var json: JSONValue { .text(description) }
}

extension RunID: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        guard let run = RunID(try String(json: json)) else { throw JSONFault("a run such as \"nightly@1700000000\" is wanted") }
        self = run
    }

    public var json: JSONValue { .text(description) }
}

extension Outcome: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        guard let outcome = Outcome(try String(json: json)) else { throw JSONFault("an outcome is wanted") }
        self = outcome
    }

    public var json: JSONValue { .text(description) }
}

extension Instant: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        guard let instant = Instant(rfc3339: try String(json: json)) else {
            throw JSONFault("a time such as \"2026-03-29T02:30:00Z\" is wanted")
        }
        self = instant
    }

    public var json: JSONValue { .text(rfc3339UTC()) }
}

extension WallTime: JSONCoded {
    /// To the millisecond.
    public init(json: JSONValue) throws(JSONFault) {
        let text = try String(json: json)
        self.init(try Instant(json: json))
        guard let point = text.firstIndex(of: ".") else { return }
        let digits = text[text.index(after: point)...].prefix { ("0"..."9").contains($0) }.prefix(3)
        nanoseconds += Int64(digits + String(repeating: "0", count: 3 - digits.count)).map { $0 * 1_000_000 } ?? 0
    }

    public var json: JSONValue { .text(text) }

    /// `2026-03-29T02:30:00.000Z`.
    var text: String {
        let milliseconds = (nanoseconds - WallTime(instant).nanoseconds) / 1_000_000
        let digits = String(milliseconds)
        return instant.rfc3339UTC().dropLast() + "." + String(repeating: "0", count: 3 - digits.count) + digits + "Z"
    }
}
