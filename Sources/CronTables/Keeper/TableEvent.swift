public import CronJobs
public import Crontabs

/// What happens to the table that people should hear of; whoever observes has the words for it.
public enum TableEvent: Sendable {
    // The files.
    case unusableFile(path: String, reason: String)
    /// A drop-in file whose name keeps it from being read.
    case passedOver(path: String)
    /// Named files that are gone while their jobs go on.
    case deleted(paths: [String])
    case notUsed(path: String, reason: String, isNamed: Bool, hasOther: Bool)
    case diagnosed(LineDiagnostic)
    case stale(JobID)

    // Writing files.
    case restored(path: String, revision: Int)
    case notWritten(path: String, reason: String, revision: Int)
    case dropInRemoved(path: String, revision: Int)
    case dropInStays(path: String, reason: String)

    // Revisions.
    case unstored(reason: String)
    case newestDamaged(revision: Int)
    case revisionsRefused([Int], why: RevisionRefusal)

    // The start.
    case filesWin(paths: [String], over: Int, warns: Bool)
    /// What the files held is kept as a revision, and not used.
    case foundKept(revision: Int)
    case dropInGone(path: String)
    /// A line that only the mixture has twice.
    case runsOnce(job: String)

    // Others' revisions.
    case followed(revision: Int, previous: Int?)
    case notFollowed(readOnly: String)
    case publishedAgain(revision: Int, lost: Int, found: Int)
    case notPublishedAgain(reason: String)

    // Zones and drawn times.
    case zonesLost([String])
    case zonesChanged([String])
    case zonesWait(reason: String)
    case drawnAnew(seed: String, before: String)

    case legacy(LegacyCacheEvent)
}

/// What happens to the legacy service's cache.
public enum LegacyCacheEvent: Sendable {
    case imported(entries: Int)
    case unreadable
    case notUsed(reason: String)
    /// There is a key for the table, and the cache carries no signature.
    case unsigned
    case notWritten(reason: String)
    /// Lines of what was imported that an operator must look at once.
    case numericWeekdays(lines: [Int])
    case percents(lines: [Int])
    case keptAsComments(lines: [Int])
    /// Lines that the cache cannot hold, with the reasons.
    case omitted([LegacyOmission])
}

/// A line that the legacy service's cache cannot hold.
public struct LegacyOmission: Hashable, Sendable {
    public var path: String
    public var line: Int
    public var reason: String
}

/// Hears what happens to the table. Must not block.
public protocol TableObserver: Sendable {
    func observe(_ event: TableEvent)
}
