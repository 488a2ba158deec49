internal import CronExpressions
internal import Testing

@testable internal import crond

@Suite("Times for people")
struct ClockTextTests {
    /// Thursday, 09:00 in Berlin.
    private static let now = Instant(rfc3339: "2026-11-26T08:00:00Z") ?? Instant(0)

    private static func clock(_ now: Instant = now) throws -> ClockText {
        ClockText(zone: try ZoneDatabase(directory: "/nowhere").zone(named: "Europe/Berlin"), now: now)
    }

    private static func instant(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }

    @Test(
        "A near time is as short as can be understood",
        arguments: [
            ("2026-11-26T08:05:00Z", "09:05"), ("2026-11-26T07:50:30Z", "08:50:30"), ("2026-11-26T02:00:00Z", "today 03:00"),
            ("2026-11-26T13:30:00Z", "today 14:30"), ("2026-11-27T02:00:00Z", "Fri 03:00"), ("2026-11-23T03:05:00Z", "Mon 04:05"),
            ("2026-11-02T02:00:00Z", "2 Nov 03:00"), ("2025-11-26T02:00:00Z", "2025-11-26 03:00"),
        ])
    func near(time: String, text: String) throws { #expect(try Self.clock().near(Self.instant(time)) == text) }

    @Test("Around a change of the clock a time names its zone")
    func fold() throws {
        let clock = try Self.clock(Self.instant("2026-10-24T12:00:00Z"))
        #expect(clock.near(try Self.instant("2026-10-25T00:30:00Z")) == "Sun 02:30 CEST")
        #expect(clock.near(try Self.instant("2026-10-25T01:30:00Z")) == "Sun 02:30 CET")
        #expect(clock.full(try Self.instant("2026-10-25T01:30:00Z")) == "2026-10-25 02:30 CET")
    }

    @Test("How far away a time is")
    func relative() throws {
        let clock = try Self.clock()
        #expect(clock.relative(Self.now + 18 * 3600 + 1700) == "in 18h")
        #expect(clock.relative(Self.now + 4 * 3600 + 27 * 60 + 5) == "in 4h27m")
        #expect(clock.relative(Self.now - 150) == "2m ago")
        #expect(clock.relative(Self.now + 41) == "in 41s" && clock.relative(Self.now) == "now")
    }

    @Test("How long something took")
    func spans() {
        #expect(SpanText.of(.seconds(252)) == "4m12s" && SpanText.of(.seconds(18 * 3600)) == "18h")
        #expect(SpanText.of(.seconds(100_000)) == "1d3h" && SpanText.of(.milliseconds(4250)) == "4.2s")
        #expect(SpanText.of(.milliseconds(12)) == "12ms" && SpanText.of(.seconds(3605)) == "1h")
        #expect(SpanText.seconds(.milliseconds(130)) == "0.1 s" && SpanText.seconds(.zero) == "0.0 s")
        #expect(SpanText.seconds(.seconds(90)) == "1m30s")
    }
}
