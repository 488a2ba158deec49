import CronJobs
import Testing

@testable import CronDaemon

@Suite("Looks at the table, one at a time") struct LookLockTests {
    @Test("The start is the first look; a hint that comes meanwhile is one more look, however often it comes") func hints() {
        var looks = LookLock()
        #expect(looks.isLooking)
        let begun = [false, false].map { looks.begin(force: $0) }
        #expect(begun == [false, false])
        #expect(looks.end() == false && !looks.isLooking)
        #expect(looks.end() == nil, "it was looked at")
    }

    @Test("One reload among the hints makes the next look a reload, and only that") func reload() {
        var looks = LookLock()
        for force in [false, true, false] { _ = looks.begin(force: force) }
        #expect(looks.end() == true)
        let isBegun = looks.begin(force: true)
        looks.again()
        #expect(isBegun && looks.end() == false)
    }
}
