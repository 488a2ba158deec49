/// `NAME = value`, as Vixie's `load_env` reads it.
///
/// A name goes on to the first blank or `=`; then blanks; then `=` must follow, else the line is no assignment. So `*/5 * * * * x=1` is none
/// (`*` follows the name `*/5`), and neither is `A B=c`. Either side may stand in quotes, single or double, without escapes; after a closing
/// quote only blanks may follow. Where we differ from Vixie: `NAME=` is an empty value there only in some versions and always here, and
/// an empty name or one with `=` in quotes, which no environment can hold, makes the line no assignment.
struct AssignmentSlices {
    /// The two sides, in bytes of the file.
    var name: Range<Int>
    var value: Range<Int>

    enum Reading {
        case assignment(AssignmentSlices)
        /// It has the shape of an assignment but is none; the text says why, the range where.
        case broken(String, Range<Int>)
        case other
    }

    /// The assignment in a line; nil for any other line, one that is too long to count among them.
    static func find(in line: Line, _ bytes: UnsafeBufferPointer<UInt8>) -> AssignmentSlices? {
        guard !line.text.isEmpty, bytes[line.text.lowerBound] != UInt8(ascii: "#"), line.range.count <= CrontabLimits.line,
            case .assignment(let found) = read(bytes, line.text)
        else { return nil }
        return found
    }

    /// Reads the line `bytes[line]`, which starts at its first character that is no blank.
    static func read(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) -> Reading {
        var at = line.lowerBound
        let end = line.upperBound
        guard at < end else { return .other }
        var name = at..<at
        if bytes[at].isQuote {
            guard let close = bytes.firstIndex(of: bytes[at], in: at + 1..<end) else {
                return bytes.firstIndex(of: UInt8(ascii: "="), in: at..<end) == nil
                    ? .other : .broken("the quote before the name is never closed", at..<at + 1)
            }
            name = at + 1..<close
            at = close + 1
            if bytes.firstIndex(of: UInt8(ascii: "="), in: name) != nil {
                return .broken("a variable's name cannot contain =", name)
            }
        } else {
            while at < end, !bytes[at].isBlank, bytes[at] != UInt8(ascii: "=") { at += 1 }
            name = line.lowerBound..<at
        }
        at = bytes.skipBlanks(at, end)
        guard at < end, bytes[at] == UInt8(ascii: "=") else { return .other }
        guard !name.isEmpty else { return .broken("there is no name before the =", at..<at + 1) }
        return readValue(bytes, name, bytes.skipBlanks(at + 1, end), end)
    }

    private static func readValue(_ bytes: UnsafeBufferPointer<UInt8>, _ name: Range<Int>, _ start: Int, _ end: Int) -> Reading {
        guard start < end, bytes[start].isQuote else {
            return .assignment(AssignmentSlices(name: name, value: start..<bytes.trimBlanks(start, end)))
        }
        guard let close = bytes.firstIndex(of: bytes[start], in: start + 1..<end) else {
            return .broken("this quote is never closed", start..<start + 1)
        }
        let rest = bytes.skipBlanks(close + 1, end)
        guard rest == end else {
            return .broken("text after the closing quote", rest..<bytes.trimBlanks(rest, end))
        }
        return .assignment(AssignmentSlices(name: name, value: start + 1..<close))
    }
}
