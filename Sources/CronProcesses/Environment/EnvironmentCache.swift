internal import CronJobs

/// The environments built so far, by user and assignments: objects that live as long as their entry, so their identity is the key.
struct EnvironmentCache {
    private struct Key: Hashable {
        var user: ObjectIdentifier
        var variables: ObjectIdentifier
    }
    /// Beyond it everything is built anew: tables change, and old keys never come back.
    private static let limit = 1024

    private var blocks: [Key: EnvironmentBlock] = [:]

    mutating func block(container: [String], user: User, variables: Variables, foreign: Bool) -> EnvironmentBlock {
        let key = Key(user: ObjectIdentifier(user), variables: ObjectIdentifier(variables))
        if let block = blocks[key] { return block }
        if blocks.count >= Self.limit { blocks.removeAll() }
        let lines = JobEnvironment.base(container: container, user: user, variables: variables, foreign: foreign)
        let block = EnvironmentBlock(lines, user: user, variables: variables)
        blocks[key] = block
        return block
    }
}
