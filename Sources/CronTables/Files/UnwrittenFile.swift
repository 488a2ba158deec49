/// A file of the table that a revision should have gone into, and why it could not be written.
public struct UnwrittenFile: Hashable, Codable, Sendable {
    public var path: String
    public var reason: String

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }
}
