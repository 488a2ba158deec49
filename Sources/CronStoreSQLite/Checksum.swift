/// FNV-1a in 64 bits: notices bytes that a disk changed. No defence against somebody who means it.
struct Checksum {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    /// As a database cell holds it.
    var value: Int64 { Int64(bitPattern: state) }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var state = state
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        self.state = state
    }

    /// Texts are told apart from their neighbours by their length.
    mutating func add(_ text: String) {
        add(Int64(text.utf8.count))
        var text = text
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    mutating func add(_ number: Int64) { withUnsafeBytes(of: number.littleEndian) { add($0) } }

    static func of(_ bytes: [UInt8]) -> Int64 {
        var sum = Checksum()
        bytes.withUnsafeBytes { sum.add($0) }
        return sum.value
    }
}
