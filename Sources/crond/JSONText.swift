internal import FoundationEssentials

/// JSON on one line, keys sorted.
enum JSONText {
    static func of(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return "{\"error\":\"cannot be encoded\"}" }
        return String(decoding: data, as: UTF8.self)
    }
}
