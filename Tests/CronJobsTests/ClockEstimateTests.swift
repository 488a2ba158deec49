import CronJobs
import CronTesting
import Testing

@Suite("What a clock elsewhere shows, from its answers") struct ClockEstimateTests {
    /// Times in milliseconds.
    private func answer(_ theirs: Int64, _ sent: Int64, _ received: Int64) -> ClockEstimate.Answer {
        ClockEstimate.Answer(
            theirs: WallTime(nanoseconds: theirs * 1_000_000), sent: MonotonicTime(nanoseconds: sent * 1_000_000),
            received: MonotonicTime(nanoseconds: received * 1_000_000))
    }

    private func reading(_ estimate: ClockEstimate, at moment: Int64) -> Int64? {
        estimate.reading(at: MonotonicTime(nanoseconds: moment * 1_000_000)).map(\.milliseconds)
    }

    @Test("Nothing is known before the first answer; after it our monotonic clock carries on") func first() {
        var estimate = ClockEstimate()
        #expect(reading(estimate, at: 0) == nil)
        #expect(estimate.add(answer(1_000_000, 100, 140)) == nil)
        #expect(reading(estimate, at: 120) == 1_000_000)
        #expect(reading(estimate, at: 3_600_120) == 4_600_000)
    }

    @Test("The quickest of the last answers tells best, for eight answers") func quickest() {
        var estimate = ClockEstimate()
        estimate.add(answer(1_000_000, 0, 2_000))
        estimate.add(answer(1_001_300, 2_000, 2_010))
        #expect(reading(estimate, at: 2_005) == 1_001_300)
        for number in Int64(0)..<7 { estimate.add(answer(1_010_340 + number * 1_000, 11_000 + number * 1_000, 11_100 + number * 1_000)) }
        #expect(reading(estimate, at: 12_005) == 1_011_300, "a slower one does not count while there is a quicker")
        estimate.add(answer(1_020_340, 21_000, 21_100))
        #expect(reading(estimate, at: 21_050) == 1_020_340, "the quickest was the ninth last")
    }

    @Test("An answer that is off by more than its round trip and a tenth of a second discards the older ones", arguments: [-1, 1])
    func set(_ sign: Int64) {
        for step in [120, 5_000, 70_000, 3_600_000, 90_000_000] as [Int64] {
            var estimate = ClockEstimate()
            estimate.add(answer(1_000_000_000, 0, 2))
            #expect(estimate.add(answer(1_000_001_000 + sign * step, 999, 1_009)) == .milliseconds(sign * step - 3))
            #expect(reading(estimate, at: 1_004) == 1_000_001_000 + sign * step)
            #expect(estimate.add(answer(1_000_002_000 + sign * step, 2_000, 2_008)) == nil, "the next one fits")
        }
    }

    @Test("One that is off by less, or that took long, discards nothing") func fits() {
        var estimate = ClockEstimate()
        estimate.add(answer(1_000_000, 0, 2))
        #expect(estimate.add(answer(1_001_090, 1_000, 1_002)) == nil)
        #expect(estimate.add(answer(1_002_001, 2_000, 40_000)) == nil, "we were stopped between question and answer")
        #expect(reading(estimate, at: 50_001) == 1_050_000)
    }

    @Test("By the store's clock a machine's own clock matters no more: it may be wrong, and it may be set") func storeClock() {
        let machine = ManualClocks(wall: WallTime(nanoseconds: 1_700_000_000_000_000_000)), clock = StoreClock(machine: machine)
        #expect(clock.wall == machine.wall && clock.difference == nil)
        let theirs = WallTime(nanoseconds: 1_700_003_600_000_000_000)
        #expect(clock.hear(ClockEstimate.Answer(theirs: theirs, sent: machine.monotonic, received: machine.monotonic)) == nil)
        #expect(clock.difference == .seconds(3600))
        #expect(clock.fromMachine(machine.wall) == clock.wall && clock.toMachine(clock.wall) == machine.wall)
        machine.step(by: .seconds(-7200))
        #expect(clock.wall == theirs)
        #expect(clock.difference == .seconds(10800))
        machine.advance(by: .seconds(60))
        #expect(clock.wall == theirs + .seconds(60))
        #expect(clock.toMachine(clock.wall) == machine.wall)
    }
}
