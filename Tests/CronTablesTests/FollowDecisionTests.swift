import CronExpressions
import CronJobs
import CronTables
import Testing

@Suite("Whether a revision is followed, and a table published") struct FollowDecisionTests {
    private func decide(newest: Int?, inUse: Int, lookedAt: Int, there: String? = "h") -> FollowDecision {
        .decide(RevisionStanding(newest: newest, hash: there), inUse: inUse, hash: inUse > 0 ? "h" : nil, lookedAt: lookedAt)
    }

    @Test("Only what is newer than all that was looked at is looked at") func decisions() {
        #expect(decide(newest: nil, inUse: 0, lookedAt: 0) == .stay)
        #expect(decide(newest: 1, inUse: 0, lookedAt: 0) == .look)
        #expect(decide(newest: 1, inUse: 0, lookedAt: 1) == .stay)
        #expect(decide(newest: 3, inUse: 3, lookedAt: 0) == .stay)
        #expect(decide(newest: 4, inUse: 3, lookedAt: 0) == .look)
        #expect(decide(newest: 4, inUse: 3, lookedAt: 4) == .stay, "it was refused")
        #expect(decide(newest: 5, inUse: 3, lookedAt: 4) == .look)
    }

    @Test("What is in use and not in the store is put back, unless there is something newer") func lost() {
        #expect(decide(newest: nil, inUse: 3, lookedAt: 3) == .putBack)
        #expect(decide(newest: 2, inUse: 3, lookedAt: 0, there: nil) == .putBack)
        #expect(decide(newest: 3, inUse: 3, lookedAt: 3, there: "another") == .putBack, "its number was given again")
        #expect(decide(newest: 3, inUse: 3, lookedAt: 3, there: nil) == .putBack)
        #expect(decide(newest: 4, inUse: 3, lookedAt: 0, there: nil) == .look)
    }

    func jobs(_ names: String...) -> [Job] { names.map { Job(id: JobID($0), timing: .startup, command: Command(text: "true")) } }

    @Test("A table without a job in common is somebody else's, unless one of the two is empty") func foreign() {
        let foreign = ForeignTable(own: jobs("a"), newest: jobs("b", "c"), revision: 7)
        #expect(foreign?.revision == 7 && foreign?.jobs == 2 && foreign?.ownJobs == 1)
        #expect(ForeignTable(own: jobs("a", "b"), newest: jobs("b", "c"), revision: 7) == nil)
        #expect(ForeignTable(own: jobs(), newest: jobs("b"), revision: 7) == nil)
        #expect(ForeignTable(own: jobs("a"), newest: jobs(), revision: 7) == nil)
    }

    @Test("A drop-in file with another text beside the same named file is another image's, not somebody else's") func oneTable() {
        func files(_ texts: [String: String]) -> [TableFile] { texts.map { TableFile(path: $0.key, content: Array($0.value.utf8)) } }
        func isOne(_ own: [String: String], _ newest: [String: String]) -> Bool {
            ForeignTable.isOneTable(files(own), files(newest), named: ["/t"])
        }
        let line = "* * * * * root a\n", other = "* * * * * root b\n"
        #expect(isOne(["/t": line, "/d/x": line], ["/t": line, "/d/x": other]))
        #expect(!isOne(["/t": line, "/d/x": line], ["/t": other, "/d/x": line]), "the named file tells whose table it is")
        #expect(!isOne(["/t": line, "/d/x": line], ["/t": line, "/d/y": other]), "every image may have the named file")
        #expect(!isOne(["/t": "# none\n", "/d/x": line], ["/t": "# none\n", "/d/x": other]), "an empty table is everybody's")
    }

    @Test("A file belongs to the table by its name or as a drop-in") func held() {
        let source = TableSource.systemDefault
        for path in ["/etc/crontab", "/etc/cron.d/extra"] { #expect(source.holds(path)) }
        for path in ["/etc/passwd", "/etc/cron.d/../passwd", "/etc/cron.d/.hidden", "/etc/cron.d/", "/etc/cron.d", "etc/crontab", ""] {
            #expect(!source.holds(path), "\(path)")
        }
    }
}
