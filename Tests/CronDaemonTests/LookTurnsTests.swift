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

@Suite("How far the end of the service has come") struct EndingTests {
    private func at(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    @Test("The first signal ends it, a second one hurries; whoever waits for the end goes on at once") func signals() async {
        var ending = Ending()
        #expect(!ending.isAsked)
        let asked = [1, 2].map { ending.ask(at: at($0)) }
        #expect(asked == [true, false] && ending.isAsked && ending.isHurried)
        await withCheckedContinuation { ending.wait($0) }
    }

    @Test(
        "What outlived its job is waited for up to 2 s, and less the longer the end has taken",
        arguments: [(0, 2000), (6000, 2000), (7000, 1500), (9000, 250)] as [(Int64, Int64)])
    func limit(_ used: Int64, _ length: Int64) {
        var ending = Ending()
        _ = ending.ask(at: at(0))
        #expect(ending.limit(ofWaitingAt: at(used)) == at(used + length))
    }
}
