internal import CronExpressions
internal import CronJobs

/// Writes what runs have written, piece by piece, so that it cannot move a terminal's cursor unless that was asked for.
struct OutputPrinter {
    enum Form {
        case visible, raw, json
    }

    let form: Form
    private(set) var hasShown = false
    /// The beginning of a character that the next piece may complete.
    private var open: [UInt8] = []
    private var isMidLine = false

    init(form: Form) { self.form = form }

    mutating func show(_ part: ControlPart) {
        guard case .output(let piece) = part else { return }
        hasShown = true
        switch form {
        case .json: Output.line(String(decoding: Self.json(piece).bytes, as: UTF8.self))
        case .raw:
            if let note = Self.note(piece) { Output.error("crond: \(note)") }
            Output.write(piece.bytes)
        case .visible:
            if let note = Self.note(piece) {
                end()
                Output.line("[\(note)]")
            }
            showVisible(piece.bytes)
        }
    }

    /// Nothing follows.
    mutating func end() {
        guard form == .visible else { return }
        write(open)
        open = []
        if isMidLine { Output.write([UInt8(ascii: "\n")]) }
        isMidLine = false
    }

    private static func note(_ piece: OutputPiece) -> String? {
        if piece.isEndOnly { return "only the end is kept" }
        return piece.missing > 0 ? "\(piece.missing) bytes are not kept" : nil
    }

    private static func json(_ piece: OutputPiece) -> JSONValue {
        .fields([
            "run": piece.run, "attempt": piece.attempt, "missing": piece.missing > 0 ? piece.missing : nil,
            "endOnly": piece.isEndOnly ? true : nil, "text": String(decoding: piece.bytes, as: UTF8.self),
        ])
    }

    private mutating func showVisible(_ bytes: [UInt8]) {
        let bytes = open + bytes, cut = Self.complete(bytes)
        open = Array(bytes[cut...])
        write(Array(bytes[..<cut]))
    }

    private mutating func write(_ bytes: [UInt8]) {
        guard let last = bytes.last else { return }
        var shown: [UInt8] = []
        bytes.withUnsafeBufferPointer { VisibleText.append($0, in: .lines, to: &shown) }
        Output.write(shown)
        isMidLine = last != UInt8(ascii: "\n")
    }

    /// How many of the bytes are whole characters, or can be no part of one.
    private static func complete(_ bytes: [UInt8]) -> Int {
        for back in 1...3 where back <= bytes.count {
            let byte = bytes[bytes.count - back]
            if byte & 0xC0 == 0x80 { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return length > back ? bytes.count - back : bytes.count
        }
        return bytes.count
    }
}
