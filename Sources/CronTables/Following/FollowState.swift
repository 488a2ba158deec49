/// What a service has seen of others' revisions.
struct FollowState {
    /// The greatest number that was looked at for following, in use or not.
    var lookedAt = 0
    /// The greatest number that was seen in the store and is not used here.
    var newestSeen = 0
    /// The newest number that stands for what the store has lost of ours.
    var lostAt: Int?
    /// How many looks ago the store lost everything that is worth as much as what is in use.
    var lost = 0
}
