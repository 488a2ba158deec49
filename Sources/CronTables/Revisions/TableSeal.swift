public import CronJobs

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
