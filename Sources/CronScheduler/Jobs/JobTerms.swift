internal import CronExpressions
internal import CronJobs

/// What many jobs have in common: one object for all that have the same.
final class JobTerms: Sendable {
    struct Key: Hashable, Sendable {
        /// The handler's name, and the version of the parameters' form.
        var handler: String
        var version: Int
        var options: JobOptions
        /// Of a cron expression.
        var dialect = SharedDialect.of(.vixie)
        var zoneName: String?
        /// This program has the handler, or the closure.
        var runsHere: Bool
    }

    let key: Key
    /// The zone that a cron expression names, else the scheduler's.
    let zone: Zone
    /// How the engine treats the job; nil where it is not to have it.
    let policies: JobPolicies?
    /// Who writes the job down, in words.
    let author: String

    init(_ key: Key, zone: Zone, policies: JobPolicies?, author: String) {
        (self.key, self.zone, self.policies, self.author) = (key, zone, policies, author)
    }
}
