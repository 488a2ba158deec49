import CronDaemon
import CronExpressions
import CronJobs
import Testing

@Suite("Whether a revision is followed, and a table published") struct FollowDecisionTests {
    @Test("Only what is newer than all that was looked at is looked at") func decisions() {
        #expect(FollowDecision.decide(newest: nil, inUse: 0, lookedAt: 0) == .stay)
        #expect(FollowDecision.decide(newest: nil, inUse: 3, lookedAt: 3) == .stay)
        #expect(FollowDecision.decide(newest: 1, inUse: 0, lookedAt: 0) == .look)
        #expect(FollowDecision.decide(newest: 3, inUse: 3, lookedAt: 0) == .stay)
        #expect(FollowDecision.decide(newest: 4, inUse: 3, lookedAt: 0) == .look)
        #expect(FollowDecision.decide(newest: 4, inUse: 3, lookedAt: 4) == .stay, "it was refused")
        #expect(FollowDecision.decide(newest: 5, inUse: 3, lookedAt: 4) == .look)
        #expect(FollowDecision.decide(newest: 2, inUse: 3, lookedAt: 0) == .older)
    }

    func jobs(_ names: String...) -> [Job] { names.map { Job(id: JobID($0), timing: .startup, command: Command(text: "true")) } }

    @Test("A table without a job in common is somebody else's, unless one of the two is empty") func foreign() {
        let foreign = ForeignTable(own: jobs("a"), newest: jobs("b", "c"), revision: 7)
        #expect(foreign?.revision == 7 && foreign?.jobs == 2 && foreign?.ownJobs == 1)
        #expect(ForeignTable(own: jobs("a", "b"), newest: jobs("b", "c"), revision: 7) == nil)
        #expect(ForeignTable(own: jobs(), newest: jobs("b"), revision: 7) == nil)
        #expect(ForeignTable(own: jobs("a"), newest: jobs(), revision: 7) == nil)
    }

    @Test("A file belongs to the table by its name or as a drop-in") func held() {
        let source = TableSource.systemDefault
        for path in ["/etc/crontab", "/etc/cron.d/extra"] { #expect(source.holds(path)) }
        for path in ["/etc/passwd", "/etc/cron.d/../passwd", "/etc/cron.d/.hidden", "/etc/cron.d/", "/etc/cron.d", "etc/crontab", ""] {
            #expect(!source.holds(path), "\(path)")
        }
    }
}
