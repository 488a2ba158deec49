/// A line that does not count: it is neither an entry nor an assignment nor a comment, or its policies cannot be honoured.
public struct BadLine: Sendable {
    /// Counted from 1.
    public var line: Int
    /// The line without its end.
    public var text: String
    /// What a `name=` directive above it says: the way to find its last good version.
    public var name: String?
    /// What could be read of the directives above it.
    public var directives: Directives
}
