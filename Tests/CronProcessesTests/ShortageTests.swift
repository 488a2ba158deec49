import CronJobs
import Testing

@testable import CronProcesses

struct ShortageTests {
    private func at(_ seconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }

    @Test("Its beginning is told once, and its end with how long it lasted")
    func once() {
        var shortage = Shortage()
        let told = [1, 2, 200].map { shortage.fail(at($0)) }
        #expect(told == [true, false, false])
        #expect(shortage.isOn)
        let ends = [201, 202].map { shortage.end(at($0)) }
        #expect(ends == [.seconds(200), nil])
        #expect(!shortage.isOn)
    }

    @Test("One that comes again within the minute is told when the minute is over, if it still lasts")
    func again() {
        var shortage = Shortage()
        let first = shortage.fail(at(1)), over = shortage.end(at(2))
        #expect(first && over == .seconds(1))
        let second = shortage.fail(at(3)), quiet = shortage.end(at(4))
        #expect(!second && quiet == nil, "its beginning was not told, so its end is no news")
        let third = [5, 61].map { shortage.fail(at($0)) }, end = shortage.end(at(65))
        #expect(third == [false, true])
        #expect(end == .seconds(60))
    }
}
