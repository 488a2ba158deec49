import CronJobs
import Testing

@Suite struct VisibleAnswerTests {
    private static let answer = #"""
        {"service":{"name":"x\u001b[2J","version":"1\u009b","pid":7,"incarnation":1,"jobs":2,"staleJobs":["a\nforged"],"running":[],
        "paused":["\u202eb"],"store":"s\nforged   line","durability":"d","seed":"q","degraded":["one\r\ntwo"]}}
        """#

    @Test func nothingOfAnAnswerMovesACursorOrForgesALine() throws {
        let line = try ControlWire(version: "1").line(Array(Self.answer.utf8))
        guard case .part(.service(let service)) = line else { throw Unread() }
        let shown = service.visible
        #expect(shown.name == "x\\x1b[2J")
        #expect(shown.version == "1\\u009b")
        #expect(shown.store == "s\\x0aforged   line")
        #expect(shown.staleJobs == ["a\\x0aforged"])
        #expect(shown.paused == ["\\u202eb"])
        #expect(shown.degraded == ["one\\x0d\\x0atwo"])
        #expect(shown.pid == 7)
        #expect(shown.jobs == 2)
    }

    private struct Unread: Error {}
}
