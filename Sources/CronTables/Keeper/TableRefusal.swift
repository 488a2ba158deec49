/// Why a table, or a request about it, was refused.
public struct TableRefusal: Error, Sendable, CustomStringConvertible {
    /// What was the matter.
    public enum Kind: Sendable {
        /// The table cannot be used as it is.
        case table
        /// The store cannot be read or written, or what it holds cannot be used.
        case store
        /// A named file is not there.
        case missing
        /// Another table has the name.
        case foreign
    }

    public var description: String
    public var kind: Kind

    public init(_ description: String, _ kind: Kind = .table) {
        self.description = description
        self.kind = kind
    }
}
