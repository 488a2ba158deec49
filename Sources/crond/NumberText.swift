internal import ArgumentParser

/// The value of an option that takes a number, as it was written: what is wrong with it is said by the range that it must be in, whether it is no
/// number, too large for any, or begins with a dash.
struct NumberText: ExpressibleByArgument, ExpressibleByIntegerLiteral {
    private let text: String

    init(argument text: String) { self.text = text }

    init(integerLiteral value: Int) { text = "\(value)" }

    var defaultValueDescription: String { text }

    /// Once it was checked.
    var value: Int { Int(text) ?? 0 }

    func check(_ option: String, _ range: ClosedRange<Int>) throws {
        guard Int(text).map(range.contains) ?? false else {
            throw ValidationError("\(option) \(text): expected a number from \(range.lowerBound) to \(range.upperBound)")
        }
    }
}
