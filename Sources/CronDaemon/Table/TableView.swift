internal import LinuxEvents

/// What is known of the table without asking anybody who may be waiting for a file system.
struct TableState: Sendable {
    var revision: Int?
    /// What times with `a~b` are drawn from.
    var seed = ""
    /// Why not all that the files hold is in use.
    var reasons: [String] = []
}

/// The table in use, for whoever is asked about it.
final class TableView: Sendable {
    private struct Current {
        var side = TableSide()
        var state = TableState()
    }

    private let current = Locked(Current())

    /// What is told of it.
    var side: TableSide { current.withLock { $0.side } }

    /// As of the last look.
    var state: TableState { current.withLock { $0.state } }

    func show(_ side: TableSide) { current.withLock { $0.side = side } }

    func show(_ state: TableState) { current.withLock { $0.state = state } }
}
