import CronExpressions
import CronJobs
import Testing

@Suite struct EventHubTests {
    private func event(_ kind: ControlEvent.Kind = .started, _ job: String = "a") -> ControlEvent {
        ControlEvent(kind, at: WallTime(nanoseconds: 0), job: JobID(job))
    }

    private func listener(_ hub: inout EventHub, _ filter: EventFilter = EventFilter()) throws -> EventHub.Listener {
        let added = hub.add(filter)
        return try #require(added)
    }

    private func numbers(_ parts: [ControlPart]) -> [Int64] {
        parts.compactMap { if case .event(let event) = $0 { event.number } else { nil } }
    }

    @Test func aSlowListenerIsToldHowManyItLostAndNobodyElseLosesAny() throws {
        var hub = EventHub(bound: 4)
        let slow = try listener(&hub)
        let quick = try listener(&hub)
        var heard: [Int64] = []
        for _ in 0..<100 {
            let told = hub.publish(event())
            #expect(Set(told) == [slow, quick])
            heard += numbers(hub.take(quick))
        }
        #expect(heard == Array(1...100))
        let late = hub.take(slow)
        #expect(late.first == .gap(96))
        #expect(numbers(late) == [97, 98, 99, 100])
        let nothing = hub.take(slow)
        #expect(nothing.isEmpty)
        _ = hub.publish(event())
        let next = hub.take(slow)
        #expect(next.count == 1 && numbers(next) == [101], "no gap is told twice")
    }

    @Test func lostAndTakenAreTogetherAllThatCame() throws {
        var hub = EventHub(bound: 8), random = SystemRandomNumberGenerator()
        let one = try listener(&hub)
        var taken = 0, lost = 0, last: Int64 = 0
        for _ in 0..<10_000 {
            for _ in 0..<Int.random(in: 0...6, using: &random) { _ = hub.publish(event()) }
            for part in hub.take(one, most: .random(in: 1...8, using: &random)) {
                switch part {
                case .gap(let count):
                    lost += count
                    last += Int64(count)
                case .event(let event):
                    taken += 1
                    #expect(event.number == last + 1)
                    last = event.number
                default: Issue.record("\(part)")
                }
            }
        }
        #expect(Int64(taken + lost) == last)
    }

    @Test func eachHearsWhatItWants() throws {
        var hub = EventHub(), filter = EventFilter()
        (filter.jobs, filter.kinds) = ([JobID("a")], [.finished])
        let one = try listener(&hub, filter)
        for (kind, job) in [(.started, "a"), (.finished, "b"), (.finished, "a"), (.finished, "a@web-0")] as [(ControlEvent.Kind, String)] {
            _ = hub.publish(event(kind, job))
        }
        let heard = numbers(hub.take(one))
        #expect(heard == [3, 4])
    }

    @Test func theLastEventsAreKeptForWhoComesLater() throws {
        var hub = EventHub(), filter = EventFilter()
        let most = EventHub.mostKept
        for number in 0..<most + 100 { _ = hub.publish(event(number % 10 == 0 ? .finished : .started)) }
        let all = hub.recent(EventFilter(), most: .max).map(\.number)
        #expect(all == Array(101...Int64(most + 100)), "the oldest go")
        filter.kinds = [.finished]
        let ends = hub.recent(filter, most: 3).map(\.number)
        let last = (Int64(most + 100) - 1) / 10 * 10 + 1
        #expect(ends == [last - 20, last - 10, last])
        #expect(hub.recent(EventFilter(), most: 0).isEmpty && hub.recent(EventFilter(), most: -1).isEmpty)
    }

    @Test func aListenerBeginsWithRecentEventsAndMissesNoneAfterThem() throws {
        var hub = EventHub()
        for _ in 0..<5 { _ = hub.publish(event()) }
        let added = hub.add(EventFilter(), recent: 2)
        let late = try #require(added)
        _ = hub.publish(event())
        let heard = numbers(hub.take(late))
        #expect(heard == [4, 5, 6])
    }

    @Test func recentEventsAreNoMoreThanAQueueHolds() throws {
        var hub = EventHub(bound: 4)
        for _ in 0..<50 { _ = hub.publish(event()) }
        let added = hub.add(EventFilter(), recent: 50)
        let late = try #require(added)
        let heard = hub.take(late)
        #expect(numbers(heard) == [47, 48, 49, 50] && heard.count == 4)
    }

    @Test func listenersAreBoundedAndGo() throws {
        var hub = EventHub(mostListeners: 2)
        let first = try listener(&hub)
        _ = try listener(&hub)
        let third = hub.add(EventFilter())
        #expect(third == nil)
        hub.remove(first)
        let left = hub.take(first)
        #expect(!hub.has(first) && left.isEmpty)
        _ = try listener(&hub)
    }
}
