import CronExpressions
import CronJobs
import Crontabs
import Testing

@Suite("Clause 11: every, after, until, jitter")
struct Clause11Times {
    private func read(_ text: String, _ format: CrontabFormat = .system) -> Crontab {
        Crontab(parsing: Array(text.utf8), options: CrontabOptions(format: format, zone: .utc, zones: .system, path: "crontab"))
    }

    private func times(_ text: String, after: String = "2027-01-01T00:00:00Z", _ count: Int = 3) -> [String] {
        guard let schedule = read(text).entries.first?.timing.schedule, let start = Instant(rfc3339: after) else { return ["no entry"] }
        return schedule.fireTimes(after: start).prefix(count).map { $0.rfc3339UTC() }
    }

    @Test("every= replaces the five fields, which then are @every") func every() {
        #expect(
            times("# crond: every=90s\n@every root x")
                == ["2027-01-01T00:01:30Z", "2027-01-01T00:03:00Z", "2027-01-01T00:04:30Z"])
        #expect(times("# crond: every=7d\n@every root x", 1) == ["2027-01-07T00:00:00Z"], "counted from 1970-01-01, a Thursday")
    }

    @Test(arguments: ["@every root x -y", "@every 90s root x -y", "@every  1m30s\troot x -y"])
    func everyMayRepeatItsDuration(_ line: String) {
        let table = read("# crond: every=90s\n\(line)\n")
        #expect(table.diagnostics.isEmpty, "\(table.diagnostics.map(\.rendered))")
        #expect(table.entries.first?.user == "root" && table.entries.first?.command == "x -y")
    }

    @Test func everyInAUserTable() {
        let table = read("# crond: every=90s\n@every 90s x -y\n# crond: every=5m\n@every x -z\n", .user)
        #expect(table.diagnostics.isEmpty && table.entries.map(\.command) == ["x -y", "x -z"])
    }

    @Test func quietEvery() {
        let entry = read("# crond: every=90s\n-@every 90s root x").entries.first
        #expect(entry?.quiet == true && entry?.command == "x")
    }

    @Test(arguments: [
        ("@every 5m root x", "5m"), ("@every root x", "90s"), ("@every 1.5h root x", "90s"), ("# crond: name=a\n@every 2d x", "2d"),
    ])
    func everyWithoutTheDirective(_ text: String, _ duration: String) {
        let table = read(text)
        #expect(table.entries.isEmpty && table.badLines.count == 1)
        #expect(table.diagnostics.first?.diagnostic.suggestion == "# crond: every=\(duration)")
        #expect(table.diagnostics.first?.rendered.contains("^") == true)
    }

    @Test(arguments: ["0 0 * * * root x", "@daily root x", "@reboot root x", "@everyday root x", "@every 2m root x", "61 * * * * root x"])
    func everyAboveAnotherSchedule(_ line: String) {
        let table = read("# crond: every=90s\n\(line)\n0 0 * * * root y")
        #expect(table.badLines.map(\.line) == [2])
        #expect(table.entries.map(\.command) == ["y"])
        #expect(table.diagnostics.first?.diagnostic.suggestion == "@every")
    }

    @Test("after= and until= are RFC 3339 bounds that count themselves") func bounds() {
        #expect(
            times("# crond: after=2027-03-01T00:00:00Z until=2027-03-02T01:00:00+01:00\n0 0 * * * root x", 9)
                == ["2027-03-01T00:00:00Z", "2027-03-02T00:00:00Z"])
        #expect(times("# crond: after=2027-03-01T00:00:00.5Z\n0 0 * * * root x", 1) == ["2027-03-02T00:00:00Z"])
        #expect(times("# crond: after=2027-03-01T00:00:00.0Z\n0 0 * * * root x", 1) == ["2027-03-01T00:00:00Z"])
        #expect(times("# crond: until=2026-12-31T23:59:59Z\n* * * * * root x").isEmpty)
        #expect(times("# crond: every=12h until=2027-01-02T00:00:00Z\n@every root x", 9).count == 2)
    }

    @Test func boundsWithNothingBetween() {
        for text in ["after=2027-02-01T00:00:00Z until=2027-01-01T00:00:00Z", "after=2027-01-01T00:00:01Z until=2027-01-01T23:59:59Z"] {
            let table = read("# crond: \(text)\n0 0 * * * root x")
            #expect(table.entries.count == 1 && !table.hasErrors)
            #expect(table.diagnostics.map(\.diagnostic.message).first?.contains("never runs") == true)
        }
        #expect(read("# crond: until=2027-01-01T00:00:00Z\n0 0 30 2 * root x").diagnostics.count == 1, "said once")
    }

    @Test(arguments: ["after=2027-01-01T00:00:00Z", "until=2027-01-01T00:00:00Z", "jitter=5m"])
    func rebootHasNoFireTimes(_ text: String) {
        #expect(read("# crond: \(text)\n@reboot root x").badLines.map(\.line) == [2])
    }

    @Test func jitterIsOnlyNoted() {
        let entry = read("# crond: jitter=5m\n0 0 * * * root x").entries.first
        #expect(entry?.policies.values.jitter == Jitter(limit: 300))
        if case .cron = entry?.timing {} else { Issue.record("jitter does not touch the schedule") }
        // The default as the table of directives writes it.
        for text in ["jitter=0", "jitter=0s"] {
            let entry = read("# crond: \(text)\n0 0 * * * root x").entries.first
            #expect(entry?.policies.values.jitter == Jitter.none, "\(text)")
        }
    }

    @Test(arguments: [
        "every=", "every=0s", "every=90", "every=-5s", "every=1ms", "every=none", "every=99999999999d", "jitter=", "jitter=5",
        "jitter=none",
        "after=", "after=2027-01-01", "after=tomorrow", "until=2027-13-01T00:00:00Z", "until=2027-01-01T00:00:00", "until=1798761600",
    ])
    func badValues(_ text: String) {
        let table = read("# crond: \(text)\n@every root x\n")
        #expect(table.entries.isEmpty && table.hasErrors && table.badLines.map(\.line) == [2])
    }

    @Test(arguments: [
        ("every=90", "every=90s"), ("jitter=1h30", nil), ("grace=5", "grace=5s"), ("after=2027-01-01", "after=2027-01-01T00:00:00Z"),
        ("until=2027-01-01T05:00", "until=2027-01-01T05:00:00Z"), ("until=2027-01-01T05:00:00", "until=2027-01-01T05:00:00Z"),
    ])
    func suggestions(_ text: String, _ suggestion: String?) {
        #expect(read("# crond: \(text)\n0 0 * * * root x").diagnostics.first?.diagnostic.suggestion == suggestion)
    }

    @Test func whatIsWritten() throws {
        let bytes = Array("# crond: every=90s\n@every root x\n# crond: every=90s\n@every\t90s  root x\n".utf8)
        let table = Crontab(parsing: bytes, options: CrontabOptions(format: .system, zone: .utc, zones: .system, path: "crontab"))
        #expect(table.entries.map { $0.scheduleText(in: bytes) } == ["@every", "@every 90s"])
    }
}
