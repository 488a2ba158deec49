internal import CronJobs

/// A revision with its content.
struct HeldTable: Hashable, Sendable {
    var revision: Revision
    var files: [TableFile]
}
