import Crontabs
import Testing

@Suite("Pairing bad lines with their last good version")
struct LastGoodPairingTests {
    @Test func replacedLine() {
        #expect(LastGoodPairing.pair(old: ["a", "b", "c"], new: ["a", "X", "c"], badNewLines: [2]) == [2: 2])
    }

    @Test func kthWithKthInAHunk() {
        let old = ["a", "b1", "b2", "c"]
        let new = ["a", "# note", "", "X1", "X2", "c"]
        #expect(LastGoodPairing.pair(old: old, new: new, badNewLines: [4, 5]) == [4: 2, 5: 3])
    }

    @Test func insertedLineHasNone() {
        #expect(LastGoodPairing.pair(old: ["a", "c"], new: ["a", "X", "c"], badNewLines: [2]).isEmpty)
    }

    @Test func equalLineIsItsOwnPartner() {
        #expect(LastGoodPairing.pair(old: ["a", "b"], new: ["CRON_TZ=No/Where", "a", "b"], badNewLines: [2, 3]) == [2: 1, 3: 2])
    }

    @Test func emptyTexts() {
        #expect(LastGoodPairing.pair(old: [], new: ["X"], badNewLines: [1]).isEmpty)
        #expect(LastGoodPairing.pair(old: ["a"], new: [], badNewLines: [1, 0, -5, 9]).isEmpty)
    }

    @Test func largeTexts() {
        let old = (0..<20_000).map { "line \($0)" }
        var new = old
        for at in stride(from: 5, to: 20_000, by: 1_000) { new[at] = "bad \(at)" }
        new.insert("added", at: 500)
        let bad = new.indices.filter { new[$0].hasPrefix("bad") }.map { $0 + 1 }
        let pairs = LastGoodPairing.pair(old: old, new: new, badNewLines: bad)
        #expect(pairs.count == bad.count)
        #expect(pairs[6] == 6)
        #expect(pairs[1_007] == 1_006)
    }

    @Test func largeTextsWithNothingInCommon() {
        let pairs = LastGoodPairing.pair(
            old: (0..<5_000).map { "o\($0)" }, new: (0..<5_000).map { "n\($0)" }, badNewLines: [5_000])
        #expect(pairs == [5_000: 5_000])
    }
}
