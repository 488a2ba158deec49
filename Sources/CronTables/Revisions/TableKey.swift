public import CronJobs
internal import Crypto

/// The secret that signs the table's revisions. Nothing shows it: neither a log nor a dump of the settings.
public struct TableKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    public static let fewestBytes = 16

    private let bytes: [UInt8]

    /// Line ends behind the key are not part of it: a file mostly has one.
    public init(_ bytes: [UInt8]) throws(TableKeyError) {
        let end = bytes.lastIndex { $0 != 10 && $0 != 13 }.map { $0 + 1 } ?? 0
        guard end >= Self.fewestBytes else {
            throw TableKeyError(bytes: end)
        }
        self.bytes = Array(bytes[..<end])
    }

    public var description: String { "TableKey(…)" }
    public var debugDescription: String { description }

    /// HMAC-SHA256 of a text, in lower-case hexadecimal.
    package func authenticationCode(of text: String) -> String {
        HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: bytes))
            .reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
    }

    /// Compares in a time that does not depend on where they differ.
    package func isAuthenticationCode(_ code: String, of text: String) -> Bool {
        let (wanted, given) = (Array(authenticationCode(of: text).utf8), Array(code.utf8))
        guard wanted.count == given.count else { return false }
        return zip(wanted, given).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// A key that is too short to be one.
public struct TableKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    public var bytes: Int

    public var description: String {
        "the table's key has \(bytes) bytes: expected \(TableKey.fewestBytes) or more, best from a random source"
    }
}

/// Signs revisions with the table's key: a signature covers name, number and hash, so that no revision stands in for one of another name, and
/// none of an older number for a newer one.
public struct TableSeal: RevisionSigner {
    private let name: String
    private let key: TableKey

    public init(name: String, key: TableKey) {
        self.name = name
        self.key = key
    }

    public func signature(number: Int, hash: String) -> String { key.authenticationCode(of: text(number, hash)) }

    public func accepts(_ revision: Revision) -> Bool {
        guard let signature = revision.signature else { return false }
        return key.isAuthenticationCode(signature, of: text(revision.number, revision.hash))
    }

    /// A name has no line end in it, nor has a number; so no two revisions have the same text.
    private func text(_ number: Int, _ hash: String) -> String { "swift-crond table 1\n\(name)\n\(number)\n\(hash)" }
}
