import CronExpressions
import Testing

@testable import CronEngine

@Suite struct DueQueueTests {
    @Test func groupsJobsOfOneInstant() {
        var queue = DueQueue(capacity: 4)
        queue.insert(2, at: Instant(60))
        queue.insert(0, at: Instant(120))
        queue.insert(1, at: Instant(60))
        #expect(queue.next == Instant(60))
        #expect(queue.popGroup(through: Instant(59)) == nil)
        let group = queue.popGroup(through: Instant(60))
        #expect(group?.instant == Instant(60))
        #expect(group?.jobs == [1, 2])
        #expect(queue.popGroup(through: Instant(60)) == nil)
        #expect(queue.popGroup(through: Instant(500))?.jobs == [0])
        #expect(queue.isEmpty)
    }

    @Test func aJobThatIsInTheQueueStaysWhereItIs() {
        var queue = DueQueue(capacity: 3)
        for job in [0, 1, 0, 2] { queue.insert(job, at: Instant(60)) }
        queue.insert(1, at: Instant(30))
        #expect(queue.popGroup(through: Instant(100))?.jobs == [0, 1, 2])
        #expect(queue.isEmpty)
        queue.insert(1, at: Instant(30))
        #expect(queue.popGroup(through: Instant(100))?.jobs == [1])
    }

    @Test("Under other indices each job is due when it was; those without one are out of it")
    func renumbered() {
        var queue = DueQueue(capacity: 6)
        for job in 0..<5 { queue.insert(job, at: Instant(job % 2 == 0 ? 60 : 90)) }
        queue = queue.renumbered(capacity: 3) { $0 == 1 || $0 == 2 ? nil : $0 / 2 }
        #expect(queue.popGroup(through: Instant(100))?.jobs == [0, 2])
        // Absent ones can come in, and those that are there stay where they are.
        for job in 0..<3 { queue.insert(job, at: Instant(70)) }
        #expect(queue.popGroup(through: Instant(100))?.jobs == [0, 2])
        #expect(queue.popGroup(through: Instant(100))?.jobs == [1])
        #expect(queue.isEmpty)
    }

    @Test func keepsOrderOverManyRandomInstants() {
        var random = SystemRandomNumberGenerator()
        var queue = DueQueue(capacity: 2000)
        for job in 0..<2000 { queue.insert(job, at: Instant(Int64.random(in: 0..<500, using: &random))) }
        var last = Instant(-1)
        var seen: Set<Int> = []
        while let group = queue.popGroup(through: Instant(1000)) {
            #expect(group.instant > last)
            last = group.instant
            for job in group.jobs { #expect(seen.insert(job).inserted) }
        }
        #expect(seen.count == 2000)
    }
}
