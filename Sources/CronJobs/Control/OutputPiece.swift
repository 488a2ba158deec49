/// A piece of what an attempt has written, both streams in the order of arrival.
public struct OutputPiece: Hashable, Sendable {
    public var run: RunID
    public var attempt: Int
    /// So many bytes before it are not kept.
    public var missing: Int64
    /// It is the end of an output, and nobody knows how much came before it.
    public var isEndOnly: Bool
    public var bytes: [UInt8]

    public init(run: RunID, attempt: Int, missing: Int64 = 0, isEndOnly: Bool = false, bytes: [UInt8]) {
        self.run = run
        self.attempt = attempt
        self.missing = missing
        self.isEndOnly = isEndOnly
        self.bytes = bytes
    }
}

extension OutputExcerpt {
    /// What follows on the first `seen` bytes, in pieces; `seen` is all of it then.
    public func pieces(after seen: inout Int64, of run: RunID, attempt: Int) -> [OutputPiece] {
        guard count > 0 else { return [] }
        var pieces: [OutputPiece] = []
        while seen < total {
            let (missing, bytes) = after(seen)
            guard missing > 0 || !bytes.isEmpty else { break }
            pieces.append(OutputPiece(run: run, attempt: attempt, missing: missing, bytes: bytes))
            seen += missing + Int64(bytes.count)
        }
        return pieces
    }
}

extension OutputPiece: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        guard let bytes = Base64.bytes(try fields.value("base64")) else { throw JSONFault("\"base64\": no such text") }
        self.init(
            run: try fields.value("run"), attempt: try fields.value("attempt"), missing: try fields.optional("missing") ?? 0,
            isEndOnly: try fields.optional("endOnly") ?? false, bytes: bytes)
    }

    public var json: JSONValue {
        .fields([
            "run": run, "attempt": attempt, "missing": missing > 0 ? missing : nil, "endOnly": isEndOnly ? true : nil,
            "base64": Base64.text(bytes),
        ])
    }
}
