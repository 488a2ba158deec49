/// What a job of a crontab executes, as the table says it; resolving users and building the environment is the runner's affair.
public struct Command: Hashable, Sendable {
    /// The text handed to the shell, `%` already resolved.
    public var text: String
    /// Standard input; `nil` is `/dev/null`.
    public var input: String?
    /// The user column: a name, or `UID[:GID]`; `nil` is the service's own user.
    public var user: String?
    /// The table's assignments in force at this entry, shared by all entries that have the same ones.
    public var variables: Variables
    /// System format's leading `-`: the start of a run is not logged.
    public var quiet: Bool

    public init(text: String, input: String? = nil, user: String? = nil, variables: Variables = .none, quiet: Bool = false) {
        self.text = text
        self.input = input
        self.user = user
        self.variables = variables
        self.quiet = quiet
    }
}

/// Environment assignments, later ones of the same name winning. One shared object for all entries below the same assignments.
public final class Variables: Hashable, Sendable {
    public static let none = Variables([])

    /// Each name once, in the order of its first assignment.
    public let assignments: [Assignment]

    public struct Assignment: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(_ assignments: [Assignment]) { self.assignments = assignments }

    public subscript(name: String) -> String? { assignments.last { $0.name == name }?.value }

    public static func == (a: Variables, b: Variables) -> Bool { a === b || a.assignments == b.assignments }

    public func hash(into hasher: inout Hasher) { hasher.combine(assignments) }
}
