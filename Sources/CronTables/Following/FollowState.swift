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
