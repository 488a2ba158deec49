internal import Crypto
public import CronJobs

/// Names a content of the table: SHA-256 over every file's path and bytes, so that moving a line between files is a change.
public enum TableHash {
    public static func hash(_ files: [TableFile]) -> String {
        var hasher = SHA256()
        for file in files {
            hasher.update(data: Array("\(file.path.utf8.count):\(file.path):\(file.content.count):".utf8))
            hasher.update(data: file.content)
        }
        return hasher.finalize().reduce(into: "") { text, byte in
            text += byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
        }
    }
}
