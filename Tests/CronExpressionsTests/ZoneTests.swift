import CronExpressions
import Testing

@Suite("Zones") struct ZoneTests {
    @Test(
        "Offsets and abbreviations",
        arguments: [
            ("Europe/Berlin", "2026-01-01T00:00:00Z", 3600, "CET"), ("Europe/Berlin", "2026-07-01T00:00:00Z", 7200, "CEST"),
            // Beyond the table of the file: the rule at its end.
            ("Europe/Berlin", "2300-07-01T00:00:00Z", 7200, "CEST"), ("Europe/Berlin", "2499-12-01T00:00:00Z", 3600, "CET"),
            ("America/New_York", "2100-03-14T06:59:59Z", -18_000, "EST"), ("America/New_York", "2100-03-14T07:00:00Z", -14_400, "EDT"),
            ("Australia/Lord_Howe", "2026-07-01T00:00:00Z", 37_800, "+1030"),
            ("Australia/Lord_Howe", "2026-12-01T00:00:00Z", 39_600, "+11"),
            ("Pacific/Apia", "2011-12-30T09:59:59Z", -36_000, "-10"), ("Pacific/Apia", "2011-12-30T10:00:00Z", 50_400, "+14"),
            ("Africa/Casablanca", "2026-03-01T00:00:00Z", 0, "+00"), ("Africa/Casablanca", "2026-07-01T00:00:00Z", 3600, "+01"),
            ("Europe/Dublin", "2026-01-01T00:00:00Z", 0, "GMT"), ("Europe/Dublin", "2026-07-01T00:00:00Z", 3600, "IST"),
            ("Antarctica/Troll", "2026-07-01T00:00:00Z", 7200, "+02"), ("America/Havana", "2026-07-01T00:00:00Z", -14_400, "CDT"),
            ("Asia/Beirut", "2026-07-01T00:00:00Z", 10_800, "EEST"), ("America/Sao_Paulo", "2018-12-01T00:00:00Z", -7200, "-02"),
            ("America/Sao_Paulo", "2026-12-01T00:00:00Z", -10_800, "-03"), ("Europe/Berlin", "1890-01-01T00:00:00Z", 3208, "LMT"),
            ("Europe/Berlin", "0001-01-01T00:00:00Z", 3208, "LMT"), ("UTC", "2026-01-01T00:00:00Z", 0, "UTC"),
        ])
    func offsets(_ name: String, _ time: String, _ offset: Int32, _ abbreviation: String) throws {
        let zone = try Support.zone(name)
        let instant = try #require(Instant(rfc3339: time))
        #expect(zone.offset(at: instant) == offset)
        #expect(zone.abbreviation(at: instant) == abbreviation)
    }

    @Test(
        "Bad names never reach the file system",
        arguments: [
            "../passwd", "Europe/../UTC", "/etc/localtime", "", "Europe", "a\nb", "Europe//Berlin", "Europe/", "tzdata.zi", "zone.tab",
            "Mars/Base", "UTC\0", "\u{e9}",
        ])
    func badNames(_ name: String) {
        #expect(throws: ZoneError.self) { try Support.zone(name) }
    }

    @Test("Names that look like what was meant") func suggestions() {
        for (name, expected) in [
            ("Europe/Berln", "Europe/Berlin"), ("europe/berlin", "Europe/Berlin"), ("Berlin", "Europe/Berlin"),
            ("America/New York", "America/New_York"),
        ] {
            do {
                _ = try Support.zone(name)
                Issue.record("\(name) is a zone")
            } catch {
                #expect((error as? ZoneError)?.suggestions.first == expected)
            }
        }
    }

    @Test("The list of names") func names() {
        let names = ZoneDatabase.system.names()
        #expect(names.count > 300)
        #expect(names == names.sorted())
        #expect(names.contains("America/Argentina/Buenos_Aires"))
        #expect(!names.contains { $0.hasPrefix("posix") || $0.contains(".") })
    }

    @Test("Every zone of the system loads") func all() throws {
        for name in ZoneDatabase.system.names() {
            let zone = try Support.zone(name)
            #expect(abs(zone.offset(at: Instant(0))) < 16 * 3600)
        }
    }

    @Test(
        "The TZ variable: names, colons, rules",
        arguments: [
            ("Europe/Berlin", 7200), (":Europe/Berlin", 7200), ("EST5EDT,M3.2.0,M11.1.0", -14_400), ("<+0330>-3:30", 12_600),
            ("XXX4", -14_400),
            ("", 0), ("nonsense/zone", 0), ("AAA3BBB,J60/0,J300", -7200), ("AAA3BBB,59,299/-1", -7200), ("EST5EDT4", -14_400), ("A5", 0),
        ])
    func variable(_ text: String, _ offset: Int32) throws {
        let july = try #require(Instant(rfc3339: "2026-07-01T00:00:00Z"))
        #expect(ZoneDatabase.system.localZone(environmentTZ: text).offset(at: july) == offset)
        _ = ZoneDatabase.system.localZone(environmentTZ: nil).offset(at: july)
    }

    @Test(
        "A TZ variable for which UTC stands in is known by what is wrong with it",
        arguments: [
            ("Mars/Phobos", "TZ=Mars/Phobos: there is no such time zone"), (":Europe/Berlim", "did you mean Europe/Berlin"),
            ("/etc/passwd", "TZ=/etc/passwd: there is no such time zone file"), ("/nonexistent", "no such time zone file"),
            ("\u{FFFD}\u{FFFD}\n", "<U+000A>"), ("../../etc/passwd", "there is no such time zone"), ("A5", "TZ=A5: "),
        ])
    func faultyVariable(_ text: String, _ words: String) {
        let fault = ZoneDatabase.system.fault(ofTZ: text)
        #expect(fault?.description.contains(words) == true, "\(fault?.description ?? "no fault")")
    }

    @Test("And others have no fault", arguments: ["", ":", "UTC", "Europe/Berlin", ":Europe/Berlin", "EST5EDT,M3.2.0,M11.1.0", "XXX4"])
    func soundVariable(_ text: String) {
        #expect(ZoneDatabase.system.fault(ofTZ: text) == nil)
    }

    @Test("Equality") func equality() throws {
        #expect(try Support.zone("Europe/Berlin") == ZoneDatabase(directory: "/usr/share/zoneinfo").zone(named: "Europe/Berlin"))
        #expect(try Support.zone("Europe/Berlin") != Support.zone("Europe/Paris"))
    }
}
