import CronExpressions
import Testing

@testable import CronEngine

@Suite struct InstantTableTests {
    @Test func doesWhatADictionaryDoes() {
        var random = SystemRandomNumberGenerator()
        for range in [Int64(0)..<50, -3000..<3000, Int64.min / 2..<Int64.max / 2] {
            var table = InstantTable(capacity: 4)
            var model: [Instant: Int32] = [:]
            for step in Int32(0)..<5000 {
                // Full minutes, as most fire times are.
                let instant = Instant(Int64.random(in: range, using: &random) / 60 * 60)
                if Int.random(in: 0..<3, using: &random) == 0 {
                    #expect(table.remove(instant) == model.removeValue(forKey: instant))
                } else {
                    #expect(table.replace(instant, with: step) == model.updateValue(step, forKey: instant))
                }
                #expect(table.count == model.count)
            }
            for (instant, value) in model { #expect(table.remove(instant) == value) }
            #expect(table.count == 0)
        }
    }
}
