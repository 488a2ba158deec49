internal import CronJobs

/// What the last runs that ended were started with: what names it, not the text, which is made for who asks.
struct PastEnvironments {
    private static let most = 512

    private struct Name: Hashable {
        var run: RunID
        var attempt: Int
    }

    private var all: [Name: (user: User, variables: Variables)] = [:]
    /// The oldest first.
    private var order: [Name] = []

    mutating func add(_ user: User, _ variables: Variables, of run: RunID, attempt: Int) {
        let name = Name(run: run, attempt: attempt)
        if all.updateValue((user, variables), forKey: name) == nil { order.append(name) }
        if order.count > Self.most { all[order.removeFirst()] = nil }
    }

    func of(_ run: RunID, attempt: Int) -> (user: User, variables: Variables)? { all[Name(run: run, attempt: attempt)] }
}
