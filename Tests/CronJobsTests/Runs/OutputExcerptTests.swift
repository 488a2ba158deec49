import CronJobs
import Testing

struct OutputExcerptTests {
    private static func bytes(_ range: Range<Int>) -> [UInt8] { range.map { UInt8(truncatingIfNeeded: $0) } }

    @Test("A quarter of what is kept is the beginning, the rest the end, and what is between is counted")
    func shortened() {
        let whole = OutputExcerpt(last: Self.bytes(0..<100))
        #expect(whole.shortened(to: 100) == whole)
        let short = whole.shortened(to: 40)
        #expect(short == OutputExcerpt(first: Self.bytes(0..<10), dropped: 60, last: Self.bytes(70..<100)))
        #expect(short.shortened(to: 8) == OutputExcerpt(first: Self.bytes(0..<2), dropped: 92, last: Self.bytes(94..<100)))
        #expect(short.shortened(to: 0) == OutputExcerpt(dropped: 100))
        #expect(short.total == 100)
    }

    @Test("What is stored is read as it was, and anything else is refused")
    func stored() {
        for excerpt in [OutputExcerpt(), OutputExcerpt(first: [1], dropped: 1 << 50, last: [2, 3]), OutputExcerpt(last: [0])] {
            #expect(OutputExcerpt(stored: excerpt.stored) == excerpt)
        }
        let good = OutputExcerpt(first: [1, 2], last: [3]).stored
        for count in 0..<good.count - 1 { #expect(OutputExcerpt(stored: Array(good.prefix(count)))?.first.count ?? 2 == 2) }
        #expect(OutputExcerpt(stored: [2] + good.dropFirst()) == nil)
        #expect(OutputExcerpt(stored: [1] + [UInt8](repeating: 255, count: 12)) == nil)
        #expect(OutputExcerpt(stored: Array("a tail of an earlier version, without a head".utf8)) == nil)
    }

    @Test("A follower gets each byte that is kept once, and hears how many are missing, wherever it was", arguments: 0...100)
    func following(_ start: Int) {
        let run = RunID(job: JobID("a"), .startup(1)), excerpt = OutputExcerpt(last: Self.bytes(0..<100)).shortened(to: 40)
        var seen = Int64(start)
        let pieces = excerpt.pieces(after: &seen, of: run, attempt: 1)
        #expect(seen == 100)
        var place = start
        for piece in pieces {
            place += Int(piece.missing)
            #expect(piece.bytes == Self.bytes(place..<place + piece.bytes.count))
            place += piece.bytes.count
        }
        #expect(place == 100)
        #expect(pieces.reduce(0) { $0 + $1.missing } == Int64(max(0, 70 - max(10, start))))
    }

    @Test("The end of it, as far as bytes follow on each other")
    func tail() {
        #expect(OutputExcerpt(first: [1, 2], last: [3]).tail(2) == [2, 3])
        #expect(OutputExcerpt(first: [1, 2], last: [3]).tail(9) == [1, 2, 3])
        #expect(OutputExcerpt(first: [1, 2], dropped: 1, last: [4]).tail(9) == [4])
    }
}
