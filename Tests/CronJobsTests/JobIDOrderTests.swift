import CronExpressions
import Testing

@testable import CronJobs

@Suite("Ids of jobs in order, and hashed") struct JobIDOrderTests {
    private static let ids: [JobID] =
        [0, 1, 9, 10, 255, 0xfeed, 0x8000_0000_0000_0000, .max].flatMap { hash in
            [1, 2, 10].map { JobID(derivedFrom: hash, copy: $0) }
        } + ["a", "b@web-1", "crondServiceTask-", "crondServiceTask-00000000000000ff@h", "nightly", "née"]

    @Test("The order is that of the text forms, whatever they are made of") func order() {
        for a in Self.ids { for b in Self.ids { #expect((a < b) == (a.description < b.description), "\(a), \(b)") } }
    }

    @Test("The hash is that of the text form, so that all nodes have one order of themselves for a job") func hash() {
        for id in Self.ids {
            var hash = FNV1a()
            hash.add(id.description)
            #expect(id.textHash.value == hash.value, "\(id)")
        }
    }
}
