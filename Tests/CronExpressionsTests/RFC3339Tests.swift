import CronExpressions
import Testing

@Suite("RFC 3339") struct RFC3339Tests {
    @Test(
        "Good timestamps",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01t00:00:00z", 0), ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31T23:59:59-00:00", -1),
            ("2026-03-29T02:30:00.999999999+01:00", 1_774_747_800), ("0001-01-01T00:00:00Z", -62_135_596_800),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("2028-02-29T00:00:00Z", 1_835_395_200), ("1969-12-31T23:59:59.5Z", -1), ("2016-12-31T23:59:60Z", 1_483_228_800),
        ] as [(String, Int64)])
    func good(_ text: String, _ seconds: Int64) { #expect(Instant(rfc3339: text)?.seconds == seconds) }

    @Test(
        "Bad ones",
        arguments: [
            "", "2026-03-29", "2026-03-29T02:30Z", "2026-03-29T02:30:00", "2026-03-29 02:30:00Z", "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+01:60", "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00Z ",
            " 2026-01-01T00:00:00Z",
            "0000-01-01T00:00:00Z", "+2026-01-01T00:00:00Z", "12026-01-01T00:00:00Z", "2026-1-01T00:00:00Z", "2026-01-01T00:00:00,5Z",
            "2026-01-01T12:00:60Z",
        ])
    func bad(_ text: String) { #expect(Instant(rfc3339: text) == nil) }

    @Test("Written and read again") func roundTrip() throws {
        var random = SeededGenerator(state: Support.seed)
        let zones = try ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"].map(Support.zone)
        for _ in 0..<2000 {
            let instant = Instant(-62_135_000_000 + Int64(random.next() % 315_000_000_000))
            #expect(Instant(rfc3339: instant.rfc3339UTC()) == instant)
            for zone in zones { #expect(Instant(rfc3339: instant.rfc3339(in: zone)) == instant) }
        }
    }

    @Test("Offsets") func offsets() throws {
        #expect(Instant(0).rfc3339(in: .utc) == "1970-01-01T00:00:00+00:00")
        #expect(Instant(0).rfc3339UTC() == "1970-01-01T00:00:00Z")
        #expect(Instant(0).rfc3339(in: try Support.zone("America/St_Johns")) == "1969-12-31T20:30:00-03:30")
        // Local mean time: 53 minutes and 28 seconds, written as 53.
        #expect(Instant(-3_000_000_000).rfc3339(in: try Support.zone("Europe/Berlin")) == "1874-12-07T19:33:00+00:53")
    }

    @Test("Civil fields") func civil() throws {
        let time = try #require(Instant(rfc3339: "2026-03-29T01:00:00Z")).civil(in: try Support.zone("Europe/Berlin"))
        #expect([time.year, time.month, time.day, time.hour, time.minute, time.second, time.weekday] == [2026, 3, 29, 3, 0, 0, 0])
    }
}
