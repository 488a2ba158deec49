import CronJobs
import Testing

@testable import CronDaemon

@Suite("Looks at the table, one at a time") struct LookTurnsTests {
    @Test("The start is the first look; a hint that comes meanwhile is one more look, however often it comes") func hints() {
        var turns = LookTurns()
        #expect(turns.isLooking)
        let begun = [false, false].map { turns.begin(force: $0) }
        #expect(begun == [false, false])
        #expect(turns.end() == false && !turns.isLooking)
        #expect(turns.end() == nil, "it was looked at")
    }

    @Test("One reload among the hints makes the next look a reload, and only that") func reload() {
        var turns = LookTurns()
        for force in [false, true, false] { _ = turns.begin(force: force) }
        #expect(turns.end() == true)
        let isBegun = turns.begin(force: true)
        turns.again()
        #expect(isBegun && turns.end() == false)
    }
}
