internal import CronExpressions

/// A JSON value (RFC 8259). Numbers are whole where they can be.
public enum JSONValue: Hashable, Sendable {
    case null
    case flag(Bool)
    case number(Int64)
    case fraction(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    /// An object of those fields that have a value.
    public static func fields(_ fields: KeyValuePairs<String, (any JSONCoded)?>) -> JSONValue {
        var object = Dictionary(minimumCapacity: fields.count) as [String: JSONValue]
        for (name, value) in fields { if let value { object[name] = value.json } }
        return .object(object)
    }

    /// The same with every text in sight, for people: what others wrote must neither move a cursor nor forge a line.
    public var visible: JSONValue {
        switch self {
        case .null, .flag, .number, .fraction: self
        case .text(let text): .text(VisibleText.shown(text))
        case .list(let list): .list(list.map(\.visible))
        case .object(let object): .object(object.mapValues(\.visible))
        }
    }

    /// On one line, the fields of objects in order; nothing in it moves a terminal's cursor.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    private func append(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .flag(let flag): bytes += (flag ? "true" : "false").utf8
        case .number(let number): bytes += "\(number)".utf8
        case .fraction(let fraction): bytes += (fraction.isFinite ? "\(fraction)" : "null").utf8
        case .text(let text): Self.append(text, to: &bytes)
        case .list(let list):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in list.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (index, (name, value)) in object.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.append(name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                value.append(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var copy = text
        copy.withUTF8 { VisibleText.append($0, in: .quotes, to: &bytes) }
        bytes.append(UInt8(ascii: "\""))
    }
}
