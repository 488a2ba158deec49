/// Numbers with their nouns: `1 job`, `2 jobs`.
enum Count {
    static func of(_ count: Int, _ one: String, _ many: String? = nil) -> String { "\(count) \(count == 1 ? one : many ?? one + "s")" }
}
