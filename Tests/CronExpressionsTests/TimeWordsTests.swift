import CronExpressions
import Testing

@Suite struct TimeWordsTests {
    private static func read(
        _ text: String, now: String, _ direction: TimeWords.Direction = .ahead, in zone: String = "Europe/Berlin"
    ) throws -> String {
        let zone = try Support.zone(zone), now = try #require(Instant(rfc3339: now))
        let words = try TimeWords(text, now: now, direction: direction, zone: zone)
        return words.instant.rfc3339(in: words.zone)
    }

    private static func fault(_ text: String, _ direction: TimeWords.Direction = .ahead, in zone: String = "Europe/Berlin") -> String? {
        do {
            _ = try read(text, now: "2026-11-27T10:03:00+01:00", direction, in: zone)
            return nil
        } catch { return "\(error)" }
    }

    @Test(
        "A time that is to come is the next one, or the one that its day names",
        arguments: [
            ("14:30", "2026-11-27T14:30:00+01:00"), ("9:00", "2026-11-28T09:00:00+01:00"), ("09:00", "2026-11-28T09:00:00+01:00"),
            ("10:03", "2026-11-28T10:03:00+01:00"), ("10:03:01", "2026-11-27T10:03:01+01:00"),
            ("today 14:30", "2026-11-27T14:30:00+01:00"), ("today 9:00", "2026-11-27T09:00:00+01:00"),
            ("tomorrow 9:00", "2026-11-28T09:00:00+01:00"), ("Tomorrow\t9:00", "2026-11-28T09:00:00+01:00"),
            ("yesterday 9:00", "2026-11-26T09:00:00+01:00"), ("fri 11:00", "2026-11-27T11:00:00+01:00"),
            ("friday 9:00", "2026-12-04T09:00:00+01:00"), ("MON 9:00", "2026-11-30T09:00:00+01:00"),
            ("2026-12-24 18:00", "2026-12-24T18:00:00+01:00"), ("2026-12-24T18:00:05", "2026-12-24T18:00:05+01:00"),
            ("2026-07-24 18:00", "2026-07-24T18:00:00+02:00"), ("+10m", "2026-11-27T10:13:00+01:00"),
            ("+1h30m", "2026-11-27T11:33:00+01:00"), ("+2d", "2026-11-29T10:03:00+01:00"), ("-10m", "2026-11-27T09:53:00+01:00"),
            ("now", "2026-11-27T10:03:00+01:00"), ("2026-11-27T14:30:00Z", "2026-11-27T15:30:00+01:00"),
            ("2026-11-27T14:30:00-05:00", "2026-11-27T20:30:00+01:00"), ("2026-11-27T14:30:00.5+01:00", "2026-11-27T14:30:01+01:00"),
            ("2026-11-27T14:30:00.000+01:00", "2026-11-27T14:30:00+01:00"), ("14:30Z", "2026-11-27T15:30:00+01:00"),
            ("14:30-08:00", "2026-11-27T23:30:00+01:00"), ("tomorrow 14:30 +05:30", "2026-11-28T10:00:00+01:00"),
            ("14:30 America/New_York", "2026-11-27T14:30:00-05:00"), ("tomorrow 1:00 Asia/Tokyo", "2026-11-28T01:00:00+09:00"),
            ("18:30 Asia/Tokyo", "2026-11-27T18:30:00+09:00"), ("2026-12-24 18:00 UTC", "2026-12-24T18:00:00+00:00"),
            ("2027-01-31T12:00 Asia/Tokyo", "2027-01-31T12:00:00+09:00"),
        ])
    func ahead(_ text: String, _ wanted: String) throws {
        #expect(try Self.read(text, now: "2026-11-27T10:03:00+01:00") == wanted)
    }

    @Test(
        "A time that has been is the latest one",
        arguments: [
            ("14:30", "2026-11-26T14:30:00+01:00"), ("9:00", "2026-11-27T09:00:00+01:00"), ("10:03", "2026-11-27T10:03:00+01:00"),
            ("today 3:00", "2026-11-27T03:00:00+01:00"), ("yesterday 14:30", "2026-11-26T14:30:00+01:00"),
            ("fri 11:00", "2026-11-20T11:00:00+01:00"), ("fri 9:00", "2026-11-27T09:00:00+01:00"), ("-10m", "2026-11-27T09:53:00+01:00"),
            ("2026-11-27T02:00:00.9Z", "2026-11-27T03:00:00+01:00"), ("tomorrow 9:00", "2026-11-28T09:00:00+01:00"),
        ])
    func back(_ text: String, _ wanted: String) throws {
        #expect(try Self.read(text, now: "2026-11-27T10:03:00+01:00", .back) == wanted)
    }

    @Test(
        "Where the clock skips a time, the first moment after the gap is meant; where it shows one twice, the first",
        arguments: [
            // Forward at 2:00 on 28 March 2027, back at 3:00 on 31 October.
            ("2027-03-28 2:30", "2027-01-01T00:00:00Z", "2027-03-28T03:00:00+02:00"),
            ("2:30", "2027-03-28T00:30:00Z", "2027-03-28T03:00:00+02:00"), ("2:30", "2027-03-28T01:00:00Z", "2027-03-29T02:30:00+02:00"),
            ("2027-10-31 2:30", "2027-01-01T00:00:00Z", "2027-10-31T02:30:00+02:00"),
            ("2:30", "2027-10-31T00:29:59Z", "2027-10-31T02:30:00+02:00"),
            // Shown before, and not meant again.
            ("2:30", "2027-10-31T00:30:00Z", "2027-11-01T02:30:00+01:00"), ("2:45", "2027-10-31T01:40:00Z", "2027-11-01T02:45:00+01:00"),
            ("3:00", "2027-10-31T00:30:00Z", "2027-10-31T03:00:00+01:00"),
            ("2:45+01:00", "2027-10-31T01:40:00Z", "2027-10-31T02:45:00+01:00"),
        ])
    func clockChanges(_ text: String, _ now: String, _ wanted: String) throws {
        #expect(try Self.read(text, now: now) == wanted)
    }

    @Test("A gap of three hours or more loses a time: a day that a zone left out has none")
    func lostDay() throws {
        let now = "2011-12-30T09:00:00Z"  // 29 December in Samoa, which had no 30th
        #expect(throws: TimeFault.self) { try Self.read("tomorrow 9:00", now: now, in: "Pacific/Apia") }
        #expect(throws: TimeFault.self) { try Self.read("2011-12-30 9:00", now: now, in: "Pacific/Apia") }
        #expect(try Self.read("9:00", now: now, in: "Pacific/Apia") == "2011-12-31T09:00:00+14:00")
        #expect(try Self.read("9:00", now: "2011-12-30T11:00:00Z", .back, in: "Pacific/Apia") == "2011-12-29T09:00:00-10:00")
    }

    @Test(
        "The nearest time of day is what a line of that time would name",
        arguments: [
            "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "Pacific/Apia",
            "Asia/Kathmandu",
        ])
    func agreesWithLines(_ name: String) throws {
        let zone = try Support.zone(name)
        var dice = SeededGenerator(state: Support.seed)
        var change = try #require(Instant(rfc3339: "1999-01-01T00:00:00Z"))
        for _ in 0..<60 {
            change = zone.nextOffsetChange(after: change)?.at ?? change + 86_400 * 30
            for _ in 0..<40 {
                let now = change + Int64(dice.below(400_000) - 200_000)
                let (hour, minute) = (dice.chance(50) ? dice.below(4) : dice.below(24), dice.below(60))
                let schedule = try CronExpression("\(minute) \(hour) * * *").schedule(in: zone)
                let text = "\(hour):\(minute < 10 ? "0" : "")\(minute)"
                let words = { direction in try TimeWords(text, now: now, direction: direction, zone: zone).instant }
                #expect(try words(.ahead) == schedule.next(after: now), "\(text) after \(now.rfc3339(in: zone))")
                #expect(try words(.back) == schedule.last(through: now), "\(text) before \(now.rfc3339(in: zone))")
            }
        }
    }

    @Test(
        "What is no time is refused, with how to write one",
        arguments: [
            "", " ", "soon", "14", "1430", "14:3", "14:300", "25:00", "14:60", "14:30:60", ":30", "14:", "14:30:", "-14:30", "+14:30",
            "14:30 x", "today", "tomorrow", "2026-12-24", "tomorrow tomorrow 9:00", "9:00 tomorrow", "+10", "+", "10m", "+10x", "++10m",
            "+10m Europe/Berlin", "14:30 Europe/Berlin x", "14:30Europe/Berlin", "2026-13-01 9:00", "2026-02-29 9:00", "2026-1-1 9:00",
            "0000-01-01 9:00",
            "9999-01-01 9:00", "9999-01-01T00:00:00Z", "+99y", "14:30Z Z", "２:30", "2:３0", "14:30\u{0}", "@1700000000",
            "14:30 +25:00", "14:30 ../etc/passwd", "2026-12-24T", "T14:30",
        ])
    func refused(_ text: String) {
        let fault = Self.fault(text)
        #expect(fault != nil)
        #expect(fault?.isEmpty == false)
    }

    @Test("A refusal says what was probably meant")
    func helpfulRefusals() {
        #expect(Self.fault("2pm") == "hours count from 0 to 23: write 14:00")
        #expect(Self.fault("12:15am") == "hours count from 0 to 23: write 0:15")
        #expect(Self.fault("tomorrow 24:00") == "a day ends at 23:59: write 0:00 of the day after it")
        #expect(Self.fault("14:30 Europe/Berlni") == "Europe/Berlni: there is no such time zone; did you mean Europe/Berlin?")
        #expect(Self.fault("2026-02-30 9:00") == "there is no day 2026-02-30")
        #expect(Self.fault("tomorrow") == "a time of day is missing, such as 14:30")
        #expect(Self.fault("soon")?.contains("'tomorrow 9:00', 'tomorrow 9:00 Europe/Berlin', +10m") == true)
        #expect(Self.fault("soon", .back)?.contains("'yesterday 9:00', 'yesterday 9:00 Europe/Berlin', -10m") == true)
    }

    @Test("Only a distance from now is relative; the zone is the named one, else the reader's")
    func whatItSays() throws {
        let berlin = try Support.zone("Europe/Berlin"), now = try #require(Instant(rfc3339: "2026-11-27T09:03:00Z"))
        let words = { text in try TimeWords(text, now: now, direction: .ahead, zone: berlin) }
        #expect(try words("+10m").isRelative)
        #expect(try words("now").isRelative)
        #expect(try !words("14:30").isRelative)
        #expect(try words("14:30 Asia/Tokyo").zone.identifier == "Asia/Tokyo")
        #expect(try words("14:30+09:00").zone == berlin)
        #expect(try words("2026-11-27T14:30:00Z").zone == berlin)
    }
}
