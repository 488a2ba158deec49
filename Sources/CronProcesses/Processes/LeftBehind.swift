internal import CLinux

/// Processes of a container that finished runs left behind: everything but its init and the service.
///
/// The service asks them to end while it still reads their output. Were their pipes closed first, a shell would die of its first word, before
/// its trap. Only where the parent is the container's init (`InitProcess`): elsewhere there are processes of others.
public enum LeftBehind {
    /// TERM to all of them; false where there are none.
    public static func askToEnd() -> Bool {
        guard kill(-1, SIGTERM) == 0 else { return false }
        // Whoever is stopped hears it once he goes on.
        kill(-1, SIGCONT)
        return true
    }

    public static var remain: Bool { kill(-1, 0) == 0 }
}
