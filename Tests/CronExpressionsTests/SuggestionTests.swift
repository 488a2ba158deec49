import CronExpressions
import Testing

@Suite("Suggestions") struct SuggestionTests {
    /// The text with the suggestion of an error in the place that it is for; nil where it is a line above.
    private func applied(_ error: Diagnostic, to text: String) -> String? {
        guard let suggestion = error.suggestion, !suggestion.hasPrefix("#") else { return nil }
        let bytes = Array(text.utf8)
        return String(
            decoding: bytes[..<error.range.lowerBound] + Array(suggestion.utf8) + bytes[error.range.upperBound...], as: UTF8.self)
    }

    /// Whether each suggestion takes away its error and brings no new one but that of Quartz's rule, which is looked at last.
    private func holds(_ text: String, _ dialect: Dialect) -> Bool {
        let errors = Support.errors(text, dialect)
        return errors.allSatisfy { error in
            guard let better = applied(error, to: text) else { return true }
            let left = Support.errors(better, dialect).filter { !$0.message.hasPrefix("exactly one of") }
            return left.count < errors.count || errors.count > 7
        }
    }

    @Test("Each suggestion is a replacement that is right itself") func mutations() {
        var random = SeededGenerator(state: Support.seed &+ 70)
        var generator = ExpressionGenerator(random: SeededGenerator(state: Support.seed &+ 80))
        let alphabet = Array("0123456789*/-,#~?+LWlwH @\tJANUARYfridaily\u{3000}\u{A0}İ".unicodeScalars)
        var count = 0
        for _ in 0..<Support.cases {
            var scalars = Array(generator.expression().unicodeScalars)
            for _ in 0..<(1 + random.below(3)) {
                let place = random.below(scalars.count)
                let scalar = alphabet[random.below(alphabet.count)]
                if random.chance(50) { scalars.insert(scalar, at: place) } else { scalars[place] = scalar }
            }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars)
            let text = String(view)
            let dialect = random.chance(60) ? Dialect.vixie : Dialect.all[random.below(Dialect.all.count)]
            count += Support.errors(text, dialect).count { $0.suggestion != nil }
            let good = holds(text, dialect)
            #expect(good, "\(text) in \(dialect.name): \(Support.errors(text, dialect)), SEED=\(Support.seed)")
            if !good { return }
        }
        #expect(count > Support.cases / 100)
    }

    @Test(
        "Forms of other schedulers",
        arguments: [
            "@every 5m", "@Daily", "@dayly x", "@dailyx", "H/15 * * * *", "H(0-29)/10 * * * *", "* * * * MONDAYX", "* * JANUARY* * *",
            "0-24 * * * *", "* 24 * * *", "* 20-24 * * *", "1-? * * * *", "?/5 * * * *", "TZ=Asia/Tokyo 0 5 * * *", "cron(0 12 ? * 2-6 *)",
            "0 0 12 * * ?", "0 0 12 ? * FRI-MON *", "* *", "*\u{200B} * *\u{3000}* *", "0 0 0 ? * 0", "0 0 0 1 * 1", "0 0 0 * * *",
            "0 12 * * *",
        ])
    func others(_ text: String) {
        for dialect in Dialect.all { #expect(holds(text, dialect), "\(dialect.name): \(Support.errors(text, dialect))") }
    }
}
