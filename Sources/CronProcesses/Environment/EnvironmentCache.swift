internal import CronJobs

/// The environments built so far, by user and assignments: objects that live as long as their entry, so their identity is the key.
struct EnvironmentCache {
    private struct Key: Hashable {
        var user: ObjectIdentifier
        var variables: ObjectIdentifier
    }
    /// Beyond it everything is built anew: tables change, and old keys never come back.
    private static let limit = 1024

    private let secretNames: SecretNames
    private var blocks: [Key: EnvironmentBlock] = [:]
    /// Most environments have the same secrets.
    private var masks: [Set<String>: SecretMask] = [:]

    init(_ secretNames: SecretNames) { self.secretNames = secretNames }

    mutating func block(container: [String], user: User, variables: Variables, foreign: Bool) -> EnvironmentBlock {
        let key = Key(user: ObjectIdentifier(user), variables: ObjectIdentifier(variables))
        if let block = blocks[key] { return block }
        if blocks.count >= Self.limit {
            blocks.removeAll()
            masks.removeAll()
        }
        let lines = JobEnvironment.base(container: container, user: user, variables: variables, foreign: foreign)
        let block = EnvironmentBlock(lines, user: user, variables: variables, mask: mask(of: lines))
        blocks[key] = block
        return block
    }

    private mutating func mask(of lines: [String]) -> SecretMask? {
        let secrets = Set(secretNames.secrets(among: lines))
        if secrets.isEmpty { return nil }
        if let mask = masks[secrets] { return mask }
        let mask = SecretMask(secrets)
        masks[secrets] = mask
        return mask
    }
}
