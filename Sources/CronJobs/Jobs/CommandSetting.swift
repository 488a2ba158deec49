/// What a command runs with: one shared object for neighbours in a table that have the same.
public final class CommandSetting: Hashable, Sendable {
    /// Standard input; `nil` is `/dev/null`.
    public let input: String?
    /// The user column: a name, or `UID[:GID]`; `nil` is the service's own user.
    public let user: String?
    /// The table's assignments in force at this entry, shared by all entries that have the same ones.
    public let variables: Variables
    /// System format's leading `-`: the start of a run is not logged.
    public let quiet: Bool

    public init(input: String? = nil, user: String? = nil, variables: Variables = .none, quiet: Bool = false) {
        self.input = input
        self.user = user
        self.variables = variables
        self.quiet = quiet
    }

    /// By value, wherever it lies.
    public static func == (a: CommandSetting, b: CommandSetting) -> Bool {
        a === b || a.input == b.input && a.user == b.user && a.variables == b.variables && a.quiet == b.quiet
    }

    /// Over all that is compared.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(input)
        hasher.combine(user)
        hasher.combine(variables)
        hasher.combine(quiet)
    }
}
