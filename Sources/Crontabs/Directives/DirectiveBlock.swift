internal import CronJobs

/// The directive lines that stand above an entry, gathered until it comes.
///
/// Whatever is wrong with them is wrong with the entry: it becomes a bad line. What could be read is kept all the same, so that a bad line
/// can still be found by its name.
struct DirectiveBlock {
    private(set) var directives = Directives()
    private let unavailable: [String: String]
    /// Where the known keys stand, each once.
    private(set) var written: [DirectivePlace] = []
    private var keys: Set<String> = []
    /// The first directive line that an entry must follow.
    private(set) var firstLine: Line?
    /// The line of the first fault.
    private(set) var faultLine: Int?
    /// The name is another entry's.
    var isRefused = false

    init(_ options: CrontabOptions) {
        directives.policies = options.policies.values
        unavailable = options.unavailable
    }

    var isEmpty: Bool { firstLine == nil }

    /// As if `every=` stood there.
    mutating func assumeEvery() { directives.every = .seconds(1) }

    /// Notes that a line belongs to the block.
    mutating func begin(with line: Line) { firstLine = firstLine ?? line }

    /// Notes a fault in a line of the block.
    mutating func fail(in line: Line) { faultLine = faultLine ?? line.number }

    /// Whether one of these keys stands there, with whatever value.
    func names(_ wanted: Directive...) -> Bool { wanted.contains { keys.contains($0.key) } }

    /// Takes a `key=value` that is not `dialect=`.
    mutating func take(_ word: DirectiveWords.Word, zones: inout ZoneLookup) -> LineFault? {
        guard let directive = Directive.named(word.key) else { return Self.unknown(word) }
        guard keys.insert(word.key).inserted else { return LineFault("\(word.key)= is set twice", at: word.range) }
        written.append(DirectivePlace(word))
        switch directive.take(word.value, &directives, &zones) {
        case nil:
            guard directive.standard != .value(word.value) else { return nil }
            return unavailable[word.key].map { LineFault("\(word.key)= cannot be kept: \($0); so this entry does not run", at: word.range) }
        case .because(let message, let suggestion): return LineFault(message, at: word.valueRange, suggestion: suggestion)
        case .notAValue:
            let suggestion = directive.complete(word.value).map { "\(word.key)=\($0)" }
            return LineFault(
                "\(word.key)= takes \(directive.plainForm), not “\(word.value)”", at: suggestion == nil ? word.valueRange : word.range,
                suggestion: suggestion)
        }
    }

    private static func unknown(_ word: DirectiveWords.Word) -> LineFault {
        LineFault(
            "there is no directive \(word.key)=", at: word.range.lowerBound..<word.range.lowerBound + word.key.utf8.count + 1,
            suggestion: Directive.nearest(to: word.key).map { $0 + "=" })
    }
}
