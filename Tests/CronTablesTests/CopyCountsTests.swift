import Testing

@testable import CronTables

struct CopyCountsTests {
    @Test("Each hash is counted by itself, however many there are and however they lie")
    func counting() {
        var counts = CopyCounts(), expected: [UInt64: Int] = [:]
        for number in 0..<20_000 as Range<UInt64> {
            for hash in [number, number << 48, number &* 0x9E37_79B9_7F4A_7C15, number % 7, 0] {
                expected[hash, default: 0] += 1
                guard counts.next(hash) == expected[hash] else { return #expect(Bool(false), "\(hash) was miscounted") }
            }
        }
        counts.reserve(100_000)
        #expect(counts.next(0) == (expected[0] ?? 0) + 1, "what was counted stays where it grows")
    }
}
