import CronJobs
import Testing

@testable import CronDaemon

@Suite("How far the end of the service has come") struct LifeStageTests {
    private func at(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    @Test("The first signal ends it, a second one hurries; whoever waits for the end goes on at once") func signals() async {
        let stage = LifeStage()
        #expect(!stage.isEnding)
        let asked = [1, 2].map { stage.askToEnd(at: at($0)) }
        #expect(asked == [true, false] && stage.isEnding && stage.isHurried)
        await stage.waitForEnd()
    }

    @Test(
        "What outlived its job is waited for up to 2 s, and less the longer the end has taken",
        arguments: [(0, 2000), (6000, 2000), (7000, 1500), (9000, 250)] as [(Int64, Int64)])
    func limit(_ used: Int64, _ length: Int64) {
        let stage = LifeStage()
        _ = stage.askToEnd(at: at(0))
        #expect(stage.limit(ofWaitingAt: at(used)) == at(used + length))
    }

    @Test("It is open only once its start is over; a start may wait for room meanwhile") func start() {
        let stage = LifeStage()
        #expect(stage.start == .opening && !stage.isOpen)
        stage.reach(.waitingForRoom)
        #expect(!stage.isOpen && !stage.isEnding)
        stage.reach(.open)
        #expect(stage.isOpen)
    }
}

@Suite("What the service does without") struct ReducedFeaturesTests {
    private func feature(_ what: String, _ reason: String = "-") -> ReducedFeature {
        ReducedFeature(what: what, reason: reason, remedy: "-")
    }

    @Test("What is reduced of a kind is news once, and gone when it is there again") func replace() {
        let book = ReducedFeatures()
        book.add(feature("socket"))
        let news = [feature("limits"), feature("limits"), nil, nil, feature("limits")].map { book.replace("limits", by: $0) }
        #expect(news == [true, false, false, false, true])
        #expect(book.all.map(\.what) == ["socket", "limits"])
    }
}
