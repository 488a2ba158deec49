public import CronJobs
internal import Crontabs

// Two services that were given the same name by mistake would take each other's table for an older version of their own, at every start. A
// table that has no job in common with what is there is therefore not published by a start. An edit while running is: somebody who changes
// every line of a table in use means this table.

/// The newest revision is the table of somebody else.
public struct ForeignTable: Hashable, Sendable {
    public var revision: Int
    public var jobs: Int
    public var ownJobs: Int

    /// `nil` where the tables have a job in common, or one of them has none.
    public init?(own: [Job], newest: [Job], revision: Int) {
        guard !own.isEmpty, !newest.isEmpty else { return nil }
        let there = Set(newest.map(\.id))
        guard !own.contains(where: { there.contains($0.id) }) else { return nil }
        self.revision = revision
        jobs = newest.count
        ownJobs = own.count
    }

    /// Whether nothing differs but drop-in files that both sides have: one came with another image. Two services of one name by mistake have other
    /// named files, or drop-in files of other names.
    public static func isOneTable(_ own: [TableFile], _ newest: [TableFile], named: [String]) -> Bool {
        let there = Dictionary(newest.map { ($0.path, $0.content) }, uniquingKeysWith: { first, _ in first })
        let same = own.filter { there[$0.path] == $0.content }
        guard same.contains(where: { named.contains($0.path) && Crontab.containsEntries(bytes: $0.content) }) else { return false }
        return own.allSatisfy { there[$0.path] == $0.content || there[$0.path] != nil && !named.contains($0.path) }
    }

    func refusal(name: String) -> TableRefusal {
        TableRefusal(
            """
            the store holds another table under the name \(name): revision \(revision) with \(Self.count(jobs)), and none of the \
            \(Self.count(ownJobs)) here is among them; give this service a name of its own with --name, or publish its table under this \
            one with --adopt-name (CROND_ADOPT_NAME=1)
            """, .foreign)
    }

    private static func count(_ jobs: Int) -> String { jobs == 1 ? "1 job" : "\(jobs) jobs" }
}
