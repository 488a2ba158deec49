public import CronJobs

// What a running service makes of the newest revision in the store, where other services publish under its name, too.
//
//   the newest number in the store        what follows
//   greater than all looked at            (or what is in use was lost, and nothing that may be used stands for it) its revision is looked at: applied, or refused once
//   the same as in use, with its hash     nothing
//   the same, with another hash           the store has lost what is in use, and gave its number again: it is put back
//   less than in use, or none             the store has lost what is in use, or plays an old one back: it is put back
//
// The newest revision wins. Following one creates none, so two services cannot answer each other for ever; an edit creates one, and wins until
// the next. What is put back has a number above all that were in use, so that of several services the one with the greatest number has the
// last word. A store that cannot be asked is not asked again before the next time.

/// What a look at the store's newest revision means.
public enum FollowDecision: Hashable, Sendable {
    case stay
    case look
    /// The store does not have what is in use here, and nothing newer.
    case putBack

    /// - Parameters:
    ///   - standing: the newest number in the store, and the hash under the number in use.
    ///   - inUse: the greatest number that was in use here, 0 for none, and the hash of its revision.
    ///   - lookedAt: the greatest number that was looked at.
    ///   - lostAt: the newest number that stands for what the store has lost of ours.
    public static func decide(
        _ standing: RevisionStanding, inUse: Int, hash: String?, lookedAt: Int, lostAt: Int? = nil
    ) -> FollowDecision {
        guard inUse > 0 else { return standing.newest ?? 0 > lookedAt ? .look : .stay }
        guard let newest = standing.newest, newest >= inUse else { return .putBack }
        if newest == inUse { return standing.hash == hash ? .stay : .putBack }
        return newest > lookedAt || standing.hash != hash && newest != lostAt ? .look : .stay
    }
}
