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

/// What a service has seen of others' revisions.
struct FollowState {
    /// The greatest number that was in use here; what is published gets a greater one, whatever the store remembers.
    private(set) var greatest = 0
    /// The greatest number that was looked at for following, in use or not.
    private(set) var lookedAt = 0
    /// The greatest number that was seen in the store and is not used here.
    private(set) var newestSeen = 0
    /// The newest number that stands for what the store has lost of ours.
    private(set) var lostAt: Int?
    /// How many looks ago the store lost everything that is worth as much as what is in use.
    private var lost = 0

    /// A service that knows of a newer revision than its own leaves it to those who run that, for so many looks.
    private static let patience = 4

    /// A revision is in use from now on.
    mutating func use(_ number: Int?) {
        greatest = max(greatest, number ?? 0)
        lost = 0
    }

    mutating func look(at newest: Int) { lookedAt = max(lookedAt, newest) }

    mutating func passBy(_ newest: Int) { newestSeen = max(newestSeen, newest) }

    /// - Parameter isLost: the store does not have what is in use.
    mutating func meet(_ newest: Int, isLost: Bool) {
        if !isLost { lostAt = nil }
        // A store that has lost revisions may count anew.
        if isLost, newest < lookedAt { lookedAt = 0 }
    }

    mutating func stand(at newest: Int) { lostAt = newest }

    /// Whether it is this service that gives the store back what it lost.
    mutating func putsBack() -> Bool {
        lost += 1
        return newestSeen <= greatest || lost > Self.patience
    }
}
