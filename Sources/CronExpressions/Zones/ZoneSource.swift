/// Where a zone's rules come from.
public enum ZoneSource: Hashable, Sendable, CustomStringConvertible {
    /// A file of the system.
    case system(path: String)
    /// The copy inside the program, made from that version of the time zone database.
    case builtIn(version: String)

    /// `system /usr/share/zoneinfo/Europe/Berlin`, `built-in 2025b`.
    public var description: String {
        switch self {
        case .system(let path): return "system \(path)"
        case .builtIn(let version): return "built-in \(version)"
        }
    }
}
