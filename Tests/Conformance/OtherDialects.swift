import CronExpressions
import Testing

@Suite("DIALECT, last part: other dialects") struct OtherDialects {
    @Test("Dialects by name") func names() {
        for dialect in Dialect.all { #expect(Dialect(named: dialect.name) == dialect) }
        #expect(Dialect(named: "vixie") == .vixie)
        #expect(Dialect(named: "Vixie") == nil)
    }

    @Test("quartz: seconds first, 1 = Sunday, ? in exactly one day field") func quartz() throws {
        #expect(try Starts.days("0 0 0 ? * 1", 2026, 9, .quartz) == [6, 13, 20, 27])
        #expect(try Starts.days("0 0 0 ? * SUN", 2026, 9, .quartz) == [6, 13, 20, 27])
        #expect(try Starts.days("0 0 0 ? * FRI-MON", 2026, 9, .quartz) == [4, 5, 6, 7, 11, 12, 13, 14, 18, 19, 20, 21, 25, 26, 27, 28])
        #expect(try Starts.days("0 0 0 L-3 * ?", 2026, 9, .quartz) == [27])
        #expect(try Starts.days("0 0 0 L-3W * ?", 2026, 9, .quartz) == [28])
        #expect(try Starts.days("0 0 0 ? * L", 2026, 9, .quartz) == [5, 12, 19, 26])
        #expect(try Starts.days("0 0 0 ? * 6#3", 2026, 9, .quartz) == [18])
        #expect(try Starts.days("0 0 0 1/10 * ?", 2026, 9, .quartz) == [1, 11, 21])
        for text in ["0 0 0 1 * 1", "0 0 0 * * *", "0 0 0 ? * ?", "0 0 * * ?", "0 0 0 ? * 0", "0 0 0 ? * 8"] {
            #expect(!Accepts.text(text, .quartz))
        }
        #expect(Accepts.suggestion("0 12 * * *", .quartz) == "0 0 12 * * ?")
    }

    @Test("supercronic: a year as the sixth field, full names, steps from a value") func supercronic() throws {
        #expect(
            try Starts.of("0 0 1 1 * 2030", "UTC", "2026-01-01T00:00:00Z", "2040-01-01T00:00:00Z", .supercronic) == [
                "2030-01-01T00:00:00+00:00"
            ])
        #expect(try Starts.days("0 0 * september MONDAY", 2026, 9, .supercronic) == [7, 14, 21, 28])
        #expect(try Starts.of("5/25 0 1 1 *", "UTC", "2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z", .supercronic).count == 3)
        #expect(try Starts.days("0 0 */10 * 5", 2026, 9, .supercronic) == [1, 4, 11, 18, 21, 25])
        #expect(try Starts.days("0 0 *,15 * 5", 2026, 9, .supercronic) == [4, 11, 18, 25])
        #expect(try Starts.days("0 0 1,* * 5", 2026, 9, .supercronic) == [4, 11, 18, 25])
        #expect(try Starts.days("0 0 ? * 5", 2026, 9, .supercronic) == [4, 11, 18, 25])
        for text in ["0 0 */1 * 5", "0 0 15 * */1", "0 0 1,*/1 * 5"] {
            #expect(try Starts.days(text, 2026, 9, .supercronic) == Array(1...30), "\(text)")
        }
        #expect(Accepts.warnings("0 0 */1 * 5", .supercronic).count == 1 && Accepts.warnings("0 0 1,* * 5", .supercronic).isEmpty)
    }

    @Test("busybox: backward ranges wrap, five fields only") func busybox() throws {
        #expect(try Starts.of("0 22-2 1 1 *", "UTC", "2029-12-31T23:00:00Z", "2030-01-02T00:00:00Z", .busybox).count == 5)
        #expect(try Starts.days("0 0 * * FRI-MON", 2026, 9, .busybox).count == 16)
        #expect(!Accepts.text("0 0 0 1 1 *", .busybox))
        #expect(Dialect.busybox.percentIsLiteral && Dialect.supercronic.percentIsLiteral && !Dialect.vixie.percentIsLiteral)
    }
}
