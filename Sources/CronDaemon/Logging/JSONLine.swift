internal import FoundationEssentials

/// Tells whether a line of output is one JSON object, and nothing else.
enum JSONLine {
    static func isObject(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        guard line.first == UInt8(ascii: "{"), line.last == UInt8(ascii: "}") else { return false }
        return (try? JSONDecoder().decode([String: Anything].self, from: Data(line))) != nil
    }

    /// Accepts any value; the decoder has checked its syntax by then.
    private struct Anything: Decodable {
        init(from decoder: any Decoder) throws {}
    }
}
