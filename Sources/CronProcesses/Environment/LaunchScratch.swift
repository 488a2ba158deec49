internal import CronJobs

/// The environment of one launch in the shape that execve takes: what many share, and the C strings of the attempt.
///
/// One for each launcher thread: used again for the next launch only when the last one has returned.
final class LaunchScratch {
    private var capacity = 1024
    private var text: UnsafeMutablePointer<CChar>
    private var length = 0
    private var starts: [Int] = []
    private var pointers: [UnsafeMutablePointer<CChar>?] = []

    init() { text = .allocate(capacity: capacity) }

    deinit { text.deallocate() }

    func fill(_ variables: [(name: String, value: String)]) {
        length = 0
        starts.removeAll(keepingCapacity: true)
        for (name, value) in variables {
            starts.append(length)
            append(name)
            append("=")
            append(value)
            reserve(1)
            (text + length).initialize(to: 0)
            length += 1
        }
    }

    /// Calls `body` with the environment that `block` and these make together.
    func with<Result>(_ block: EnvironmentBlock, _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Result) -> Result {
        pointers.removeAll(keepingCapacity: true)
        pointers.append(contentsOf: block.pointers)
        for start in starts { pointers.append(text + start) }
        pointers.append(nil)
        return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }

    private func append(_ part: String) {
        var part = part
        part.withUTF8 { bytes in
            reserve(bytes.count)
            for byte in bytes {
                (text + length).initialize(to: CChar(bitPattern: byte))
                length += 1
            }
        }
    }

    private func reserve(_ more: Int) {
        guard length + more > capacity else { return }
        let larger = UnsafeMutablePointer<CChar>.allocate(capacity: (length + more) * 2)
        larger.moveInitialize(from: text, count: length)
        text.deallocate()
        text = larger
        capacity = (length + more) * 2
    }
}
