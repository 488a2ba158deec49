@testable internal import CronRabbitMQ
internal import Testing

@Suite struct ChannelTagsTests {
    private func tags(_ count: Int) -> ChannelTags {
        var tags = ChannelTags()
        for number in 101..<101 + count { tags.sent(number, id: "id\(number)") }
        return tags
    }

    @Test func oneAnswerIsAboutOneMessageOrAllUpToIt() {
        var tags = tags(5)
        #expect(tags.answered(2, multiple: false, isConfirm: true) == [102])
        #expect(tags.answered(4, multiple: true, isConfirm: true) == [101, 103, 104])
        #expect(tags.open == [105] && !tags.isEmpty)
        #expect(tags.answered(0, multiple: true, isConfirm: true) == [105])
        #expect(tags.isEmpty)
    }

    @Test func answersTwiceOrAboutNothingAreNone() {
        var tags = tags(2)
        #expect(tags.answered(1, multiple: false, isConfirm: true) == [101])
        #expect(tags.answered(1, multiple: false, isConfirm: true) == [])
        #expect(tags.answered(1, multiple: true, isConfirm: true) == [])
        #expect(tags.answered(9, multiple: true, isConfirm: true) == [])
        #expect(tags.answered(.max, multiple: false, isConfirm: false) == [])
        #expect(tags.open == [102])
    }

    @Test func aReturnedMessageIsKnownByItsIDAndTheOldestOfTwo() {
        var tags = ChannelTags()
        tags.sent(1, id: "same")
        tags.sent(2, id: "same")
        #expect(tags.number(ofReturned: "same") == 1)
        _ = tags.answered(1, multiple: false, isConfirm: true)
        #expect(tags.number(ofReturned: "same") == 2)
        _ = tags.answered(2, multiple: false, isConfirm: true)
        #expect(tags.number(ofReturned: "same") == nil && tags.number(ofReturned: "other") == nil)
    }

    @Test func anExchangeThatIsNotThereRefusesAllThatWasSentToIt() {
        let closed = ClosedChannel(tags(3), code: 404, reason: "NOT_FOUND", isShared: false)
        #expect(closed.numbers == [101, 102, 103] && closed.refusedAll)
    }

    @Test func whereItWasThereBeforeOrTheCauseIsOneMessageNobodyKnows() {
        var tags = tags(3)
        #expect(!ClosedChannel(tags, code: 406, reason: "", isShared: false).refusedAll)
        #expect(!ClosedChannel(tags, code: 404, reason: "", isShared: true).refusedAll)
        _ = tags.answered(1, multiple: false, isConfirm: true)
        #expect(!ClosedChannel(tags, code: 404, reason: "", isShared: false).refusedAll)
        _ = tags.answered(2, multiple: false, isConfirm: true)
        #expect(ClosedChannel(tags, code: 406, reason: "", isShared: false).refusedAll, "a single one was the cause")
    }
}
