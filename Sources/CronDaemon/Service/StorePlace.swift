/// Where a store is.
enum StorePlace: Sendable, CustomStringConvertible {
    case memory
    /// A SQLite database.
    case file(String)
    /// A server's URL without its secrets.
    case server(String)

    /// For people: `sqlite:/var/lib/crond/default.db`.
    var description: String {
        switch self {
        case .memory: "memory"
        case .file(let path): "sqlite:\(path)"
        case .server(let url): url
        }
    }
}
