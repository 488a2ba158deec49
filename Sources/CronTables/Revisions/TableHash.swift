internal import Crypto
public import CronJobs

/// Names a content of the table: SHA-256 over every file's path and bytes, so that moving a line between files is a change.
public enum TableHash {
    /// Names the content of a whole table.
    public static func hash(_ files: [TableFile]) -> String {
        var hasher = SHA256()
        for file in files {
            hasher.update(data: Array("\(file.path.utf8.count):\(file.path):\(file.content.count):".utf8))
            hasher.update(data: file.content)
        }
        return text(hasher.finalize())
    }

    /// Names the bytes of one file.
    public static func hash(content: [UInt8]) -> String { text(SHA256.hash(data: content)) }

    static let ofNothing = hash(content: [])

    private static func text(_ digest: SHA256.Digest) -> String {
        digest.reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
    }
}
