internal import CronExpressions

/// Notices bytes that a disk changed.
struct Checksum {
    private var hash = FNV1a()

    /// As a database cell holds it.
    var value: Int64 { Int64(bitPattern: hash.value) }

    /// Texts are told apart from their neighbours by their length.
    mutating func add(_ text: String) {
        add(Int64(text.utf8.count))
        hash.add(text)
    }

    mutating func add(_ number: Int64) { hash.add(UInt64(bitPattern: number)) }

    static func of(_ bytes: [UInt8]) -> Int64 {
        var sum = Checksum()
        sum.hash.add(bytes)
        return sum.value
    }
}
