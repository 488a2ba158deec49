public import CronExpressions

/// A crontab, read: its good lines, its bad lines and everything there is to say about both.
///
/// Reading never stops at an error: good lines count even when others are bad, and all bad lines are reported at once. Only a file that is
/// no crontab at all (NUL, not UTF-8, control characters) or beyond the limits of a table is refused whole.
public struct Crontab: Sendable {
    public internal(set) var entries: [CrontabEntry] = []
    /// Errors and warnings in line order.
    public internal(set) var diagnostics: [LineDiagnostic] = []
    public internal(set) var badLines: [BadLine] = []
    /// What the file was read as: its own `dialect=`, else the one of the options.
    public internal(set) var dialect: Dialect
    /// The file does not count at all; the diagnostics say why.
    public internal(set) var refused = false

    /// Reads the content of a crontab file.
    public init(parsing bytes: [UInt8], options: CrontabOptions) {
        var found: [CrontabEntry] = []
        self.init(reading: bytes, options: options, expect: { found.reserveCapacity($0) }, take: { found.append($0) })
        if !refused { entries = found }
    }

    /// Reads the content of a crontab file and hands its entries on one by one, so that nobody holds 100,000 of them twice; `entries` stays
    /// empty.
    ///
    /// - Parameters:
    ///   - expect: told once, before the first entry, how many there are at most.
    ///   - take: gets the entries in line order. They do not count where the file turns out to be `refused`.
    public init(
        reading bytes: [UInt8], options: CrontabOptions, expect: (Int) -> Void, take: (CrontabEntry) -> Void
    ) {
        dialect = options.dialect
        withoutActuallyEscaping(take) { take in
            bytes.withUnsafeBufferPointer { buffer in
                var parser = TableParser(buffer, options, take)
                parser.run(expect: expect)
                self = parser.finish()
            }
        }
    }

    init(dialect: Dialect) { self.dialect = dialect }

    public var hasErrors: Bool { diagnostics.contains(where: \.isError) }

    /// Whether any line is neither blank nor a comment nor an assignment. Cheap: nothing is parsed.
    public static func containsEntries(bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { buffer in
            var lines = LineWalk(buffer)
            while let line = lines.next() {
                let start = buffer.skipBlanks(line.lowerBound, line.upperBound)
                if start == line.upperBound || buffer[start] == UInt8(ascii: "#") { continue }
                if case .assignment = AssignmentSlices.read(buffer, start..<line.upperBound) { continue }
                return true
            }
            return false
        }
    }

    /// How many lines are neither blank nor a comment nor an assignment.
    public static func entryCount(bytes: [UInt8]) -> Int {
        bytes.withUnsafeBufferPointer { buffer in
            var lines = LineWalk(buffer), count = 0
            while let line = lines.next() {
                let start = buffer.skipBlanks(line.lowerBound, line.upperBound)
                if start == line.upperBound || buffer[start] == UInt8(ascii: "#") { continue }
                if case .assignment = AssignmentSlices.read(buffer, start..<line.upperBound) { continue }
                count += 1
            }
            return count
        }
    }

    /// How the legacy service prints an entry of this table. `bytes` are those that the table was parsed from.
    public func legacyRendering(of entry: CrontabEntry, in bytes: [UInt8], format: CrontabFormat) -> LegacyRendering? {
        bytes.withUnsafeBufferPointer { buffer in
            let start = Int(entry.scheduleStart)
            let fieldsEnd = start + Int(entry.scheduleLength)
            guard fieldsEnd <= buffer.count else { return nil }
            var end = buffer.firstIndex(of: UInt8(ascii: "\n"), in: fieldsEnd..<buffer.count) ?? buffer.count
            if end > fieldsEnd, buffer[end - 1] == UInt8(ascii: "\r") { end -= 1 }
            let hasUser = format == .system && dialect.hasUserColumn
            var count = 0
            var at = start
            while at < fieldsEnd {
                at = buffer.skipBlanks(buffer.skipWord(at, fieldsEnd), fieldsEnd)
                count += 1
            }
            guard case .parts(var parts) = EntryParts.read(buffer, start..<end, count: count, hasUser: hasUser) else { return nil }
            parts.every = entry.directives.every?.components.seconds ?? 0
            if dialect.takesMailOption { _ = parts.takeMailOption(buffer) }
            var renderer = LegacyRenderer()
            return renderer.rendering(buffer, parts)
        }
    }
}
