/// The last bytes of a run's output, both streams in the order of arrival.
final class OutputTail {
    static let limit = 4096
    private var kept: [UInt8] = []

    func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        if bytes.count >= Self.limit {
            kept = Array(bytes.suffix(Self.limit))
            return
        }
        kept.append(contentsOf: bytes)
        if kept.count > 2 * Self.limit { kept.removeFirst(kept.count - Self.limit) }
    }

    var bytes: [UInt8] { kept.count > Self.limit ? Array(kept.suffix(Self.limit)) : kept }
}
