internal import CronExpressions
internal import CronJobs
internal import Testing

@testable internal import crond

@Suite("Why, in words")
struct WhyReportTests {
    private static let time = Instant(rfc3339: "2026-11-26T08:00:00Z") ?? Instant(0)
    private static let clock = ClockText(zone: .utc, now: time + 600)

    private static func account(_ outcome: Outcome, startedAt: WallTime? = WallTime(time)) -> FireTimeAccount {
        var account = FireTimeAccount(job: JobID("a"), time: time, verdict: .recorded)
        let record = RunRecord(
            run: RunID(job: JobID("a"), .scheduled(time)), attempt: 1, trigger: .scheduled, first: time, count: 1,
            claimedAt: WallTime(time),
            startedAt: startedAt, finishedAt: WallTime(time + 5), outcome: outcome, resources: nil, tail: [])
        account.run = RunSnapshot(record)
        return account
    }

    private static func lines(_ account: FireTimeAccount) -> [String] { WhyReport(account, clock).lines }

    @Test("A run that was ended with the service is not said to be cancelled by somebody; one that somebody ended is")
    func endedWithService() {
        var account = Self.account(.cancelled)
        #expect(Self.lines(account).first == "a ran at 2026-11-26 08:00 UTC, and was ended when the service ended.")
        account.run?.startedAt = nil
        #expect(Self.lines(account).first?.hasPrefix("a did not run at 2026-11-26 08:00 UTC: it still waited") == true)
        account = Self.account(.cancelled)
        account.run?.cancelledBy = Asker(uid: 0, pid: 7, host: "web-1", role: .read)
        let lines = Self.lines(account)
        #expect(lines.first == "a ran at 2026-11-26 08:00 UTC: cancelled.", "\(lines)")
        #expect(lines.contains { $0.contains("Its end was asked for by root (uid 0, pid 7, host web-1)") }, "\(lines)")
    }

    @Test("The host where it ran is named, where it is known") func host() {
        var account = Self.account(.succeeded)
        account.run?.host = "web-2"
        #expect(Self.lines(account).contains { $0.contains("Started 2026-11-26 08:00 UTC on web-2, ") })
        #expect(!Self.lines(Self.account(.succeeded)).contains { $0.contains(" on ") })
    }

    @Test("What others wrote ends with one full stop", arguments: ["no space on device", "its memory is full. Give it more."])
    func fullStops(_ reason: String) {
        var account = Self.account(.succeeded)
        account.outage = .init(from: WallTime(Self.time), until: nil, reason: reason)
        var undecided = FireTimeAccount(job: JobID("a"), time: Self.time, verdict: .undecided)
        undecided.reason = reason
        for line in Self.lines(account) + Self.lines(undecided) { #expect(!line.contains("..")) }
        #expect(Self.lines(undecided).contains { $0.hasSuffix(reason.hasSuffix(".") ? reason : reason + ".") })
    }
}
