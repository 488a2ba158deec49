/// Why a text is not the JSON that it should be.
public struct JSONFault: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}

/// Reads one JSON text. What some reader might take otherwise is refused: bad UTF-8, halves of surrogate pairs, a name twice in one object.
public struct JSONReader {
    private static let deepest = 32

    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0

    /// Reads one value that fills the bytes. Bounded in depth; throws with the place of the first byte that does not fit.
    public static func read(_ bytes: [UInt8]) throws(JSONFault) -> JSONValue {
        var reader = JSONReader(bytes: bytes)
        let value = try reader.value()
        reader.skipBlanks()
        guard reader.at == bytes.count else { throw reader.fault("unexpected text after the value") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func fault(_ what: String) -> JSONFault { JSONFault("\(what), at byte \(at + 1)") }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func value() throws(JSONFault) -> JSONValue {
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return try nested { reader throws(JSONFault) in try reader.object() }
        case UInt8(ascii: "["): return try nested { reader throws(JSONFault) in try reader.list() }
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t") where take("true"): return .flag(true)
        case UInt8(ascii: "f") where take("false"): return .flag(false)
        case UInt8(ascii: "n") where take("null"): return .null
        default: return try number()
        }
    }

    private mutating func nested(_ body: (inout JSONReader) throws(JSONFault) -> JSONValue) throws(JSONFault) -> JSONValue {
        depth += 1
        guard depth <= Self.deepest else { throw fault("nested deeper than \(Self.deepest)") }
        at += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(JSONFault) -> JSONValue {
        var object = Dictionary(minimumCapacity: 12) as [String: JSONValue]
        skipBlanks()
        if take("}") { return .object(object) }
        repeat {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw fault("expected a name in quotes") }
            let name = try string()
            skipBlanks()
            guard take(":") else { throw fault("a colon is missing") }
            guard object.updateValue(try value(), forKey: name) == nil else { throw fault("\"\(name)\" is there twice") }
            skipBlanks()
        } while take(",")
        guard take("}") else { throw fault("a comma or } is missing") }
        return .object(object)
    }

    private mutating func list() throws(JSONFault) -> JSONValue {
        var list: [JSONValue] = []
        skipBlanks()
        if take("]") { return .list(list) }
        repeat {
            list.append(try value())
            skipBlanks()
        } while take(",")
        guard take("]") else { throw fault("a comma or ] is missing") }
        return .list(list)
    }

    private mutating func number() throws(JSONFault) -> JSONValue {
        let start = at
        _ = take("-")
        guard take("0") || digits() else { throw fault("a value is missing") }
        var isWhole = true
        if take(".") {
            isWhole = false
            guard digits() else { throw fault("a digit is missing") }
        }
        if take("e") || take("E") {
            isWhole = false
            _ = take("+") || take("-")
            guard digits() else { throw fault("a digit is missing") }
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole, let number = Int64(text) { return .number(number) }
        guard let fraction = Double(text), fraction.isFinite else { throw fault("the number is too large") }
        return .fraction(fraction)
    }

    private mutating func digits() -> Bool {
        let start = at
        while let byte = next, (48...57).contains(byte) { at += 1 }
        return at > start
    }

    private mutating func string() throws(JSONFault) -> String {
        at += 1
        if let plain = plainString() { return plain }
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw fault("the string is not valid UTF-8") }
                at += 1
                return string
            case UInt8(ascii: "\\"):
                at += 1
                try escape(into: &text)
            case 0..<0x20: throw fault("control characters must be escaped")
            default:
                let start = at
                while let plain = next, plain >= 0x20, plain != UInt8(ascii: "\""), plain != UInt8(ascii: "\\") { at += 1 }
                text += bytes[start..<at]
            }
        }
        throw fault("a text does not end")
    }

    /// A text of ASCII that stands there as it is, as nearly all do.
    private mutating func plainString() -> String? {
        bytes.withUnsafeBufferPointer { bytes in
            var end = at
            while end < bytes.count, bytes[end] >= 0x20, bytes[end] < 0x80, bytes[end] != UInt8(ascii: "\\"),
                bytes[end] != UInt8(ascii: "\"")
            {
                end += 1
            }
            guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else { return nil }
            defer { at = end + 1 }
            return String(decoding: UnsafeBufferPointer(rebasing: bytes[at..<end]), as: UTF8.self)
        }
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONFault) {
        guard let byte = next else { throw fault("a text does not end") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text += String(Character(try escapedScalar())).utf8
        default: throw fault("unknown escape")
        }
    }

    private mutating func escapedScalar() throws(JSONFault) -> Unicode.Scalar {
        let high = try codeUnit()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xDC00, take("\\u") else { throw fault("half of a surrogate pair") }
        let low = try codeUnit()
        guard (0xDC00...0xDFFF).contains(low), let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) else {
            throw fault("half of a surrogate pair")
        }
        return scalar
    }

    private mutating func codeUnit() throws(JSONFault) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("expected four hexadecimal digits")
            }
            unit = unit << 4 | UInt32(digit)
            at += 1
        }
        return unit
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard at + count <= bytes.count else { return false }
        for index in 0..<count where bytes[at + index] != word.utf8Start[index] { return false }
        at += count
        return true
    }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || (9...13).contains(byte), byte != 11, byte != 12 { at += 1 }
    }
}
