import CronDaemon
import Testing

@Suite struct AnswerTreeTests {
    private let answer = ControlCoding.response(
        Array(
            #"""
            {"status":{"name":"x\u001b[2J","version":"1\u009b","pid":7,"incarnation":1,"jobs":2,"staleJobs":["a\nforged"],"running":[],
            "paused":["\u202eb"],"store":"s\nforged   line","durability":"d","seed":"q","degraded":["one\r\ntwo"]},
            "error":"no\u0007"}
            """#.utf8))

    @Test func nothingOfAnAnswerMovesACursorOrForgesALine() throws {
        let shown = try #require(answer).visible
        #expect(shown.error == "no\\x07")
        let status = try #require(shown.status)
        #expect(status.name == "x\\x1b[2J")
        #expect(status.version == "1\\u009b")
        #expect(status.store == "s\\x0aforged   line")
        #expect(status.staleJobs == ["a\\x0aforged"])
        #expect(status.paused == ["\\u202eb"])
        #expect(status.degraded == ["one\\x0d\\x0atwo"])
        #expect(status.pid == 7)
        #expect(status.jobs == 2)
    }
}
