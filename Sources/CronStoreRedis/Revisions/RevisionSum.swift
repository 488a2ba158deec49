internal import CronJobs

/// FNV-1a in 64 bits over a revision's hash, paths and bytes: notices what was changed by accident, not by intent.
struct RevisionSum {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    init(_ hash: String, _ files: [TableFile]) {
        add(hash.utf8)
        for file in files {
            add(file.path.utf8)
            add(file.content)
        }
    }

    /// Texts are told apart from their neighbours by their length.
    private mutating func add(_ bytes: some Collection<UInt8>) {
        var state = state
        withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { for byte in $0 { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 } }
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        self.state = state
    }

    var text: String { String(state, radix: 16) }
}
