public import CronExpressions

/// A crontab, read: its good lines, its bad lines and everything there is to say about both.
///
/// Reading never stops at an error: good lines count even when others are bad, and all bad lines are reported at once. Only a file that is
/// no crontab at all (NUL, not UTF-8, control characters) or beyond the limits of a table is refused whole.
public struct Crontab: Sendable {
    public private(set) var entries: [CrontabEntry] = []
    /// Errors and warnings in line order.
    public private(set) var diagnostics: [LineDiagnostic] = []
    public private(set) var badLines: [BadLine] = []
    /// What the file was read as: its own `dialect=`, else the one of the options.
    public private(set) var dialect: Dialect
    /// The file does not count at all; the diagnostics say why.
    public private(set) var refused = false

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
                dialect = parser.dialect
                diagnostics = parser.reports.diagnostics
                badLines = parser.reports.badLines
                refused = parser.reports.isRefused
            }
        }
    }

    public var hasErrors: Bool { diagnostics.contains(where: \.isError) }

    /// Whether any line is neither blank nor a comment nor an assignment. Cheap: nothing is parsed.
    public static func containsEntries(bytes: [UInt8]) -> Bool { entryCount(bytes: bytes, atMost: 1) > 0 }

    /// How many lines are neither blank nor a comment nor an assignment.
    public static func entryCount(bytes: [UInt8]) -> Int { entryCount(bytes: bytes, atMost: .max) }

    private static func entryCount(bytes: [UInt8], atMost limit: Int) -> Int {
        bytes.withUnsafeBufferPointer { buffer in
            var lines = LineWalk(buffer), count = 0
            while count < limit, let line = lines.next() {
                if line.text.isEmpty || buffer[line.text.lowerBound] == UInt8(ascii: "#") { continue }
                if AssignmentSlices.find(in: line, buffer) == nil { count += 1 }
            }
            return count
        }
    }

    /// How the legacy service prints an entry of this table. `bytes` are those that the table was parsed from.
    public func legacyRendering(of entry: CrontabEntry, in bytes: [UInt8]) -> LegacyRendering? {
        bytes.withUnsafeBufferPointer { buffer in
            guard entry.places.fit(buffer) else { return nil }
            let parts = entry.places.parts(
                userLength: entry.user?.utf8.count ?? 0, every: entry.directives.every?.components.seconds ?? 0)
            var renderer = LegacyRenderer()
            return renderer.rendering(buffer, parts)
        }
    }
}
