/// Whom a `MAILTO` or `MAILFROM` names. They become words of a command and lines of a mail's head, so nothing passes that could be anything else there.
public struct MailAddresses: Hashable, Sendable {
    public static let most = 20
    static let longest = 254

    public let all: [String]

    /// - Parameter text: addresses, with commas between. `nil` where one of them is none that mail is sent to.
    public init?(_ text: String) {
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map { word in
            word.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
        }
        guard words.count <= Self.most else { return nil }
        all = words.map { String($0) }
        guard all.allSatisfy(Self.isSafe) else { return nil }
    }

    private static func isSafe(_ address: String) -> Bool {
        guard (1...longest).contains(address.utf8.count), let first = address.utf8.first, isPlain(first) else { return false }
        return address.utf8.allSatisfy { isPlain($0) || "@!:%-._+=".utf8.contains($0) }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
