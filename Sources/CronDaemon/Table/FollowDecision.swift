// Which revision a running service uses, where other services publish under its name, too.
//
//   the newest number in the store     what follows
//   greater than all looked at         its revision is looked at: applied, or refused once
//   the same                           nothing
//   less than what is in use           nothing, said once: the store has lost revisions, or somebody plays an old one back
//
// The newest revision wins. Following one creates none, so two services cannot answer each other for ever; an edit creates one, and wins until
// the next. A store that cannot be asked is not asked again before the next time.

/// What a look at the newest number means.
public enum FollowDecision: Hashable, Sendable {
    case stay
    case look
    /// The store's newest revision is older than the one in use here.
    case older

    /// - Parameters:
    ///   - newest: the newest number in the store.
    ///   - inUse: the greatest number that was in use here.
    ///   - lookedAt: the greatest number that was looked at.
    public static func decide(newest: Int?, inUse: Int, lookedAt: Int) -> FollowDecision {
        guard let newest else { return .stay }
        if newest < inUse { return .older }
        return newest > inUse && newest > lookedAt ? .look : .stay
    }
}
