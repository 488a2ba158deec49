import CronExpressions
import Testing

@Suite("Parser under random input") struct ParserFuzzTests {
    static let alphabet = Array("0123456789*/-,#~?+LW @\tJANMONfridaily\u{0}\u{7f}%;.é".utf8)

    /// The full parser and the short way to a schedule agree, and whatever is accepted can be searched.
    private func probe(_ bytes: [UInt8], _ dialect: Dialect) -> Bool {
        bytes.withUnsafeBufferPointer { buffer in
            var warnings: [Diagnostic] = []
            var hasWarnings = false
            let result = CronExpression.parse(buffer, dialect: dialect, warnings: &warnings)
            let compiled = CronExpression.compile(buffer, dialect: dialect, zone: .utc, seed: 5, hasWarnings: &hasWarnings)
            switch result {
            case .failure(let error):
                return compiled == nil && !error.diagnostics.isEmpty
                    && error.diagnostics.allSatisfy { $0.range.lowerBound >= 0 && $0.range.upperBound <= bytes.count }
                    && error.diagnostics.allSatisfy {
                        DiagnosticRenderer.render($0, path: "p", line: 1, source: String(decoding: bytes, as: UTF8.self)).contains("^")
                    }
            case .success(let expression):
                guard let compiled, compiled == expression.schedule(in: .utc, seed: 5) else { return false }
                guard hasWarnings == !warnings.isEmpty, warnings == expression.warnings else { return false }
                guard let again = try? CronExpression(expression.text, dialect: dialect) else { return false }
                guard again.schedule(in: .utc, seed: 5) == compiled else { return false }
                return compiled.next(after: Instant(1_700_000_000)) == nil || !compiled.neverFires
            }
        }
    }

    @Test("Mutated expressions") func mutations() {
        var random = SeededGenerator(state: Support.seed &+ 7)
        var generator = ExpressionGenerator(random: SeededGenerator(state: Support.seed &+ 8))
        for _ in 0..<Support.cases {
            var bytes = Array(generator.expression().utf8)
            for _ in 0..<random.below(4) {
                let place = random.below(bytes.count + 1)
                switch random.below(3) {
                case 0: bytes.insert(Self.alphabet[random.below(Self.alphabet.count)], at: place)
                case 1 where place < bytes.count: bytes.remove(at: place)
                case 2 where place < bytes.count: bytes[place] = Self.alphabet[random.below(Self.alphabet.count)]
                default: break
                }
            }
            let dialect = random.chance(60) ? Dialect.vixie : Dialect.all[random.below(Dialect.all.count)]
            let good = probe(bytes, dialect)
            #expect(good, "\(String(decoding: bytes, as: UTF8.self)) in \(dialect.name), SEED=\(Support.seed)")
            if !good { return }
        }
    }

    @Test("Long and repetitive input") func long() {
        for piece in ["1,", "*", "1-", "/", "0", "L", " ", "@", "MON,", "1~2,", ",", "?", "+"] {
            let bytes = Array(String(repeating: piece, count: 5000).utf8)
            #expect(probe(bytes, .vixie))
            #expect(probe(bytes + Array(" * * * *".utf8), .vixie))
        }
    }
}
