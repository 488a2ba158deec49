/// On what terms a revision is appended.
public struct RevisionTerms: Sendable {
    /// The newest number by which the caller decided, 0 for none: where it is another by now, nothing is appended and `overtaken` thrown.
    /// `nil` appends after whatever is there.
    public var after: Int?
    /// The greatest number that the caller knows of; a store that has lost its newest revisions gives none of their numbers again.
    public var seen: Int
    /// Signs the new revision; and a newest revision that it does not accept is not the same, whatever its hash.
    public var signer: (any RevisionSigner)?
    /// What the start found that publishes this revision: the newest deployment's base from then on, set in the same step.
    public var base: String?
    /// Who publishes it, and for whom.
    public var host: String?
    public var author: String?

    public init(
        after: Int? = nil, seen: Int = 0, signer: (any RevisionSigner)? = nil, base: String? = nil, host: String? = nil,
        author: String? = nil
    ) {
        self.after = after
        self.seen = seen
        self.signer = signer
        self.base = base
        self.host = host
        self.author = author
    }
}

extension RevisionTerms {
    /// Throws where the newest number is not the one that was decided by.
    public func check(newest: Int?) throws(StoreError) {
        guard let after, after != newest ?? 0 else { return }
        throw StoreError(.overtaken, "somebody else published meanwhile: the newest revision is \(newest.map(String.init) ?? "none")")
    }

    /// Whether appending a content of that hash after this newest revision changes nothing.
    public func isMet(by newest: Revision, hash: String) -> Bool {
        newest.hash == hash && newest.intact && newest.number >= seen && signer?.accepts(newest) ?? true
    }

    /// The number of the revision after the newest; `nil` where there is none left.
    public func number(after newest: Int?) -> Int? {
        let (number, overflow) = max(newest ?? 0, seen, 0).addingReportingOverflow(1)
        return overflow ? nil : number
    }
}
