internal import NIOCore

// Incremental: what came is taken once, however the network cuts it; an array that is not complete waits on a stack, not on the call stack.

/// Reads replies from bytes as they come.
struct RESPDecoder {
    /// What a peer may make us hold.
    struct Limits {
        var depth = 16
        var line = 64 << 10
        var bulk = 64 << 20
        /// Of one array, and of one reply in all.
        var elements = 4 << 20
        /// Bytes of the strings of one reply.
        var total = 256 << 20
    }

    /// Bytes that are no reply.
    struct Malformed: Error, Hashable {
        var words: String
    }

    private enum Kind { case array, push, attribute }

    private struct Open {
        var kind: Kind
        var left: Int
        var values: [RESPValue] = []
    }

    private let limits: Limits
    private var stack: [Open] = []
    private var elements = 0
    private var total = 0
    /// Length of the bulk string whose bytes have not all come.
    private var bulk: (length: Int, isError: Bool, isVerbatim: Bool)?

    init(limits: Limits = Limits()) { self.limits = limits }

    /// The next whole reply, or `nil` until more bytes come. After an error the stream is lost.
    mutating func next(_ buffer: inout ByteBuffer) throws(Malformed) -> RESPValue? {
        while let item = try item(&buffer) {
            guard let value = item.value else { continue }
            if let whole = fill(value) { return whole }
        }
        return nil
    }

    private enum Item {
        case value(RESPValue)
        /// The head of an array; its values follow.
        case opened

        var value: RESPValue? { if case .value(let value) = self { value } else { nil } }
    }

    private mutating func item(_ buffer: inout ByteBuffer) throws(Malformed) -> Item? {
        if let bulk { return try bulkItem(&buffer, bulk) }
        guard let line = try line(&buffer), let mark = line.first else { return nil }
        let rest = line.dropFirst()
        switch mark {
        case UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: "("): return .value(.string(Array(rest)))
        case UInt8(ascii: "-"): return .value(.error(String(decoding: rest, as: UTF8.self)))
        case UInt8(ascii: ":"):
            guard let number = Self.number(rest) else { throw malformed("a number", line) }
            return .value(.integer(number))
        case UInt8(ascii: "_"): return .value(.null)
        case UInt8(ascii: "#"): return .value(.integer(rest.first == UInt8(ascii: "t") ? 1 : 0))
        case UInt8(ascii: "$"), UInt8(ascii: "!"), UInt8(ascii: "="):
            guard let length = try length(rest, line, most: limits.bulk) else { return .value(.null) }
            total += length
            guard total <= limits.total else { throw Malformed(words: "more than \(limits.total) bytes in one reply") }
            bulk = (length, mark == UInt8(ascii: "!"), mark == UInt8(ascii: "="))
            return try bulkItem(&buffer, (length, mark == UInt8(ascii: "!"), mark == UInt8(ascii: "=")))
        case UInt8(ascii: "*"), UInt8(ascii: "~"): return try open(.array, rest, line, times: 1)
        case UInt8(ascii: "%"): return try open(.array, rest, line, times: 2)
        case UInt8(ascii: "|"): return try open(.attribute, rest, line, times: 2)
        case UInt8(ascii: ">"): return try open(.push, rest, line, times: 1)
        default: throw malformed("a reply", line)
        }
    }

    private mutating func open(_ kind: Kind, _ rest: ArraySlice<UInt8>, _ line: [UInt8], times: Int) throws(Malformed) -> Item {
        guard let count = try length(rest, line, most: limits.elements / times) else { return .value(.null) }
        elements += count * times
        guard stack.count < limits.depth else { throw Malformed(words: "arrays within arrays deeper than \(limits.depth)") }
        guard elements <= limits.elements else { throw Malformed(words: "more than \(limits.elements) values in one reply") }
        if count == 0, kind == .array { return .value(.array([])) }
        stack.append(Open(kind: kind, left: count * times))
        if count == 0 { stack.removeLast() }
        return .opened
    }

    /// Puts a value where it belongs; answers the reply that is complete with it.
    private mutating func fill(_ value: RESPValue) -> RESPValue? {
        var value = value
        while var top = stack.popLast() {
            top.values.append(value)
            top.left -= 1
            if top.left > 0 {
                stack.append(top)
                return nil
            }
            // Attributes and pushed messages are nobody's reply.
            if top.kind != .array {
                if stack.isEmpty { (elements, total) = (0, 0) }
                return nil
            }
            value = .array(top.values)
        }
        (elements, total) = (0, 0)
        return value
    }

    private mutating func bulkItem(
        _ buffer: inout ByteBuffer, _ bulk: (length: Int, isError: Bool, isVerbatim: Bool)
    ) throws(Malformed) -> Item? {
        guard buffer.readableBytes >= bulk.length + 2, var bytes = buffer.readBytes(length: bulk.length),
            let end = buffer.readBytes(length: 2)
        else { return nil }
        guard end == [13, 10] else { throw Malformed(words: "a string that does not end where it said") }
        self.bulk = nil
        if bulk.isVerbatim { bytes.removeFirst(min(4, bytes.count)) }
        return .value(bulk.isError ? .error(String(decoding: bytes, as: UTF8.self)) : .string(bytes))
    }

    /// A line without its end; empty lines are skipped over.
    private func line(_ buffer: inout ByteBuffer) throws(Malformed) -> [UInt8]? {
        while true {
            let view = buffer.readableBytesView
            guard let end = view.firstIndex(of: 10) else {
                if view.count > limits.line { throw Malformed(words: "a line of more than \(limits.line) bytes") }
                return nil
            }
            var line = buffer.readBytes(length: end - view.startIndex + 1) ?? []
            line.removeLast()
            if line.last == 13 { line.removeLast() }
            guard line.count <= limits.line else { throw Malformed(words: "a line of more than \(limits.line) bytes") }
            if line.isEmpty { throw Malformed(words: "an empty line") }
            return line
        }
    }

    /// Most numbers are a few digits: no text is made of those.
    private static func number(_ word: ArraySlice<UInt8>) -> Int64? {
        guard !word.isEmpty, word.count <= 18, word.allSatisfy({ (48...57).contains($0) }) else {
            return Int64(String(decoding: word, as: UTF8.self))
        }
        return word.reduce(0) { 10 * $0 + Int64($1 - 48) }
    }

    /// `nil` for the -1 that stands for nothing.
    private func length(_ rest: ArraySlice<UInt8>, _ line: [UInt8], most: Int) throws(Malformed) -> Int? {
        guard let number = Self.number(rest).flatMap({ Int(exactly: $0) }), number >= -1 else { throw malformed("a length", line) }
        guard number <= most else { throw Malformed(words: "a length of \(number), more than \(most)") }
        return number < 0 ? nil : number
    }

    private func malformed(_ wanted: String, _ line: [UInt8]) -> Malformed {
        Malformed(words: "\"\(RESPDecoder.printable(line))\" is not \(wanted)")
    }

    /// The beginning of a line for a message: no control characters, no more than a few words.
    static func printable(_ line: [UInt8]) -> String {
        String(decoding: line.prefix(60).map { (32..<127).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
