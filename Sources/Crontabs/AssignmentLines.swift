/// Where a text assigns variables, line by line: what must be known of a text whose assignments were broken since.
public struct AssignmentLines: Sendable {
    public struct Line: Hashable, Sendable {
        /// Counted from 1.
        public var number: Int
        public var name: String
    }

    public private(set) var lines: [Line] = []

    public init(of bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { buffer in
            var walk = LineWalk(buffer)
            while let line = walk.next() {
                guard let found = AssignmentSlices.find(in: line, buffer) else { continue }
                lines.append(Line(number: line.number, name: buffer.text(found.name)))
            }
        }
    }

    /// The name that a bad line would assign, if it was meant as an assignment: its first word, without quotes.
    public static func name(in badLine: String) -> String? {
        var text = badLine
        return text.withUTF8 { bytes in
            var start = bytes.skipBlanks(0, bytes.count)
            if start < bytes.count, bytes[start].isQuote { start += 1 }
            var end = start
            while end < bytes.count, bytes[end].isLetter || bytes[end].isDigit || bytes[end] == UInt8(ascii: "_") { end += 1 }
            guard end > start, !bytes[start].isDigit else { return nil }
            return bytes.text(start..<end)
        }
    }

    /// Whether a bad line has the shape of an assignment.
    public static func isBroken(_ badLine: String) -> Bool {
        var text = badLine
        return text.withUTF8 { bytes in
            if case .broken = AssignmentSlices.read(bytes, bytes.skipBlanks(0, bytes.count)..<bytes.count) { true } else { false }
        }
    }
}
