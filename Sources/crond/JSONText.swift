internal import CronExpressions
internal import CronJobs
internal import FoundationEssentials

/// JSON on one line, keys sorted, and what must not reach a terminal as it is escaped.
enum JSONText {
    static func of(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return "{\"error\":\"cannot be encoded\"}" }
        return VisibleText.shown(String(decoding: data, as: UTF8.self), in: .json)
    }

    /// The same for what a service or a store answers.
    static func of(_ value: some JSONCoded) -> String { String(decoding: value.json.bytes, as: UTF8.self) }
}
