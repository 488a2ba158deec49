internal import CronExpressions

/// The bounds that directives write: RFC 3339 times.
///
/// Schedules know whole seconds; a fraction moves the bound to the first or last whole second inside it.
enum BoundText {
    static func read(_ text: String, roundsUp: Bool) -> Instant? {
        guard let floor = Instant(rfc3339: text) else { return nil }
        guard roundsUp, let point = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return floor }
        let fraction = text.utf8[text.utf8.index(after: point)...].prefix(while: \.isDigit)
        return fraction.allSatisfy { $0 == UInt8(ascii: "0") } ? floor : floor + 1
    }
}
