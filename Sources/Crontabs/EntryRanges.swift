/// Where an entry and each of its parts stand, in bytes of the file that its table was parsed from.
///
/// Whoever changes one part of a line needs no more: between the parts are blanks, and nothing else.
public struct EntryRanges: Hashable, Sendable {
    /// The whole line, without its end.
    public var line: Range<Int>
    /// The fields, or the words of the nickname.
    public var fields: [Range<Int>]
    /// Nil in the user format.
    public var user: Range<Int>?
    /// The command as written, `%` and trailing blanks included.
    public var command: Range<Int>
    /// What the `# crond:` lines above it say, in their order.
    public var directives: [WrittenDirective]
}

/// One `key=value` of a `# crond:` line, in bytes of the file.
public struct WrittenDirective: Hashable, Sendable {
    public var key: String
    public var range: Range<Int>
    /// The value, without its quotes.
    public var value: Range<Int>
}

/// A `key=value` as an entry keeps it: the key is read again in the file's bytes.
struct DirectivePlace: Sendable {
    private let start: UInt32
    private let valueStart: UInt32
    private let valueEnd: UInt32
    private let end: UInt32

    init(_ word: DirectiveWords.Word) {
        start = UInt32(clamping: word.range.lowerBound)
        valueStart = UInt32(clamping: word.valueRange.lowerBound)
        valueEnd = UInt32(clamping: word.valueRange.upperBound)
        end = UInt32(clamping: word.range.upperBound)
    }

    func written(in bytes: UnsafeBufferPointer<UInt8>) -> WrittenDirective {
        let range = Int(start)..<Int(end)
        let equals = bytes.firstIndex(of: UInt8(ascii: "="), in: range) ?? range.lowerBound
        return WrittenDirective(key: bytes.text(range.lowerBound..<equals), range: range, value: Int(valueStart)..<Int(valueEnd))
    }
}

/// What an entry keeps to tell its ranges: a table may have 200,000 of them, so the bounds of single fields are found again when they are asked
/// for, and the user's length is that of its text.
struct EntryPlaces: Sendable {
    private let lineNumber: Int32
    private let lineStart: UInt32
    private let scheduleStart: UInt32
    private let scheduleEnd: UInt32
    private let userStart: UInt32
    private let commandStart: UInt32
    private let end: UInt32
    private let fields: UInt8
    let quiet: Bool
    let mailsOnlyOnFailure: Bool

    init(_ line: Line, _ parts: EntryParts, mailsOnlyOnFailure: Bool) {
        lineNumber = Int32(clamping: line.number)
        lineStart = UInt32(clamping: line.range.lowerBound)
        scheduleStart = UInt32(clamping: parts.schedule.lowerBound)
        scheduleEnd = UInt32(clamping: parts.schedule.upperBound)
        userStart = UInt32(clamping: parts.user.lowerBound)
        commandStart = UInt32(clamping: parts.command.lowerBound)
        end = UInt32(clamping: line.range.upperBound)
        fields = UInt8(clamping: parts.fieldCount)
        quiet = parts.quiet
        self.mailsOnlyOnFailure = mailsOnlyOnFailure
    }

    var number: Int { Int(lineNumber) }
    var schedule: Range<Int> { Int(scheduleStart)..<Int(scheduleEnd) }
    var command: Range<Int> { Int(commandStart)..<Int(end) }

    func user(length: Int) -> Range<Int> { Int(userStart)..<Int(userStart) + length }

    var line: Line {
        let start = Int(scheduleStart) - (quiet ? 1 : 0)
        return Line(number: number, range: Int(lineStart)..<Int(end), text: start..<Int(end))
    }

    func parts(userLength: Int, every: Int64) -> EntryParts {
        EntryParts(
            schedule: schedule, fieldCount: Int(fields), user: user(length: userLength), command: command, quiet: quiet, every: every)
    }

    /// Whether these may be the bytes that the table was parsed from.
    func fit(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool { Int(end) <= bytes.count }
}
