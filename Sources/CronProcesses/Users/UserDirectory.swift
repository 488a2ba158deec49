internal import CronJobs
internal import LinuxEvents

// Users, known before they are needed.
//
// A launch needs a user's numbers at once, on the event loop; the user database may be slow. So the table's users are resolved when it is
// loaded or read again, every minute after, and when a run finds no such user; on a thread of their own. A launch looks into the cache only.
// A database that does not answer changes nothing: what was known stays.

/// The users that jobs name, resolved off the event loop and kept.
public final class UserDirectory: Sendable {
    /// What the cache says about a name.
    public enum Entry: Sendable {
        case known(User)
        /// The database has no such user.
        case unknown
        /// Nobody asked yet, or the database did not answer.
        case unresolved
    }

    private actor Resolver {
        private let thread = ThreadExecutor()
        nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

        func lookUp(_ names: [String]) -> [(String, UserDatabase.Answer)] { names.map { ($0, UserDatabase.lookUp($0)) } }

        deinit { thread.stop() }
    }

    private let resolver = Resolver()
    private let entries = Locked<[String: Entry]>([:])

    public init() {}

    /// Whom the service itself runs as. Blocks: for the start of the program.
    public static func ownUser() -> User { UserDatabase.own() }

    /// Whether this machine has a user, or needs none because it is a number. Blocks; true where the database does not answer.
    public static func isKnown(_ name: String) -> Bool {
        if case .unknown = UserDatabase.lookUp(name) { false } else { true }
    }

    /// Looks the names up that are not known yet.
    public func resolve(_ names: Set<String>) async {
        let missing = entries.withLock { entries in
            names.filter { name in
                if case .known = entries[name] { false } else { true }
            }
        }
        await lookUp(Array(missing))
    }

    /// Looks all names up again.
    public func refresh() async {
        await lookUp(entries.withLock { Array($0.keys) })
    }

    /// The user of a name; `nil` if there is none or nobody asked for it yet.
    public func cached(_ name: String) -> User? {
        if case .known(let user) = entry(name) { user } else { nil }
    }

    public func entry(_ name: String) -> Entry { entries.withLock { $0[name] } ?? .unresolved }

    private func lookUp(_ names: [String]) async {
        guard !names.isEmpty else { return }
        let answers = await resolver.lookUp(names)
        entries.withLock { entries in
            for (name, answer) in answers {
                switch answer {
                case .found(let user):
                    if case .known(let old) = entries[name], old == user { continue }
                    entries[name] = .known(user)
                case .unknown: entries[name] = .unknown
                case .unavailable: if entries[name] == nil { entries[name] = .unresolved }
                }
            }
        }
    }
}
