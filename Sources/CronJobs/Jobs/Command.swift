/// What a job of a crontab executes, as the table says it; resolving users and building the environment is the runner's affair.
public struct Command: Hashable, Sendable {
    /// The text handed to the shell, `%` already resolved.
    public var text: String
    /// All the rest, which most commands of a table have in common.
    public let setting: CommandSetting

    public init(text: String, setting: CommandSetting) {
        self.text = text
        self.setting = setting
    }

    public init(text: String, input: String? = nil, user: String? = nil, variables: Variables = .none, quiet: Bool = false) {
        self.init(text: text, setting: CommandSetting(input: input, user: user, variables: variables, quiet: quiet))
    }

    /// Standard input; `nil` is `/dev/null`.
    public var input: String? { setting.input }
    /// The user column: a name, or `UID[:GID]`; `nil` is the service's own user.
    public var user: String? { setting.user }
    /// The table's assignments in force at this entry.
    public var variables: Variables { setting.variables }
    /// System format's leading `-`: the start of a run is not logged.
    public var quiet: Bool { setting.quiet }
}

/// Environment assignments, later ones of the same name winning. One shared object for all entries below the same assignments.
public final class Variables: Hashable, Sendable {
    public static let none = Variables([])

    /// Each name once, in the order of its first assignment.
    public let assignments: [Assignment]

    /// One line `NAME = value` of a table.
    public struct Assignment: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(_ assignments: [Assignment]) { self.assignments = assignments }

    /// The last assignment counts, as in the table.
    public subscript(name: String) -> String? { assignments.last { $0.name == name }?.value }

    /// By what is assigned, in order.
    public static func == (a: Variables, b: Variables) -> Bool { a === b || a.assignments == b.assignments }

    /// Over all assignments.
    public func hash(into hasher: inout Hasher) { hasher.combine(assignments) }
}
