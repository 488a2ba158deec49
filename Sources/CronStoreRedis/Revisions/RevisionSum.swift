internal import CronExpressions
internal import CronJobs

/// A number over a revision's hash, paths and bytes: notices what was changed by accident, not by intent.
struct RevisionSum {
    private var sum = FNV1a()

    init(_ hash: String, _ files: [TableFile]) {
        add(Array(hash.utf8))
        for file in files {
            add(Array(file.path.utf8))
            add(file.content)
        }
    }

    /// Texts are told apart from their neighbours by their length.
    private mutating func add(_ bytes: [UInt8]) {
        sum.add(UInt64(bytes.count))
        sum.add(bytes)
    }

    var text: String { String(sum.value, radix: 16) }
}
