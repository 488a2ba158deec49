/// One reply. What RESP3 adds is folded into the forms that RESP2 has: a map is the array of its keys and values, a set an array, a double
/// its text, a boolean 0 or 1.
enum RESPValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case string([UInt8])
    case error(String)
    case array([RESPValue])
}

extension RESPValue {
    /// The text of a string or number. Bytes that are no UTF-8 come as replacement characters.
    var text: String? {
        switch self {
        case .string(let bytes): String(decoding: bytes, as: UTF8.self)
        case .integer(let number): String(number)
        default: nil
        }
    }

    var bytes: [UInt8]? {
        switch self {
        case .string(let bytes): bytes
        case .integer(let number): Array(String(number).utf8)
        default: nil
        }
    }

    var number: Int64? {
        switch self {
        case .integer(let number): number
        case .string(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        default: nil
        }
    }

    var elements: [RESPValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    /// Keys and values of a map, or of a flat array that stands for one.
    var pairs: [(key: RESPValue, value: RESPValue)] {
        let all = elements ?? []
        return stride(from: 0, to: all.count - 1, by: 2).map { (all[$0], all[$0 + 1]) }
    }
}
