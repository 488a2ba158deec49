// Jobs that no table has. A table's jobs are in its revisions; these stand alone, each with a revision of its own, and stay when the table is
// replaced: `Ledger.retain` counts them as present, so that their watermarks are not forgotten.
//
// What a job does and how it is treated are bytes here: whoever puts a job knows how they are to be read.

/// A job that a store keeps.
public struct StoredJob: Hashable, Sendable {
    /// Whose job it is, and so who takes it out again.
    public enum Origin: String, Sendable, CaseIterable {
        /// A table's, which `Ledger.retain` decides about.
        case table
        /// Runs once; its id begins with `at:`.
        case once
        /// A program's that uses this library.
        case library
    }

    /// Of schedule, action, policies and author together.
    public static let mostBytes = 192 << 10
    public static let mostBytesOfID = 256

    public var id: JobID
    /// Given by the store: of one id and of any two, the later is greater, also after a removal.
    public var revision: Int64
    public var schedule: String
    public var action: [UInt8]
    public var policies: [UInt8]
    public var origin: Origin
    /// Who put it, in words.
    public var author: String
    public var storedAt: WallTime

    public init(
        id: JobID, revision: Int64 = 0, schedule: String, action: [UInt8], policies: [UInt8] = [], origin: Origin, author: String,
        storedAt: WallTime = WallTime(nanoseconds: 0)
    ) {
        self.id = id
        self.revision = revision
        self.schedule = schedule
        self.action = action
        self.policies = policies
        self.origin = origin
        self.author = author
        self.storedAt = storedAt
    }

    /// Throws where no store may take it.
    public func check() throws(StoreError) {
        let name = id.description
        guard (1...Self.mostBytesOfID).contains(name.utf8.count), !name.utf8.contains(UInt8(ascii: "@")) else {
            throw StoreError(.refused, "a stored job's id has 1 to \(Self.mostBytesOfID) bytes and no @: \(name.prefix(80))")
        }
        guard (origin == .once) == id.isOnce else {
            throw StoreError(.refused, "\(name): the ids of jobs that run once, and no others, begin with \(JobID.oncePrefix)")
        }
        let size = schedule.utf8.count + action.count + policies.count + author.utf8.count
        guard size <= Self.mostBytes else {
            throw StoreError(.refused, "\(name): the job has \(size) bytes; a store keeps at most \(Self.mostBytes) of one job")
        }
    }
}

/// A stored job as an object of whoever puts it. A store of this process may keep that in place of the bytes: it never changes.
public protocol JobForm: AnyObject, Sendable {
    var id: JobID { get }
    var origin: StoredJob.Origin { get }
    /// The job in bytes; without a revision.
    var stored: StoredJob { get }
}

/// What became of a job that was put.
public enum PutAnswer: Hashable, Sendable {
    case stored(revision: Int64)
    /// Nothing was done: this is what stands there.
    case overtaken(by: StoredJob?)
}

/// Keeps jobs that no table has. Each call is one atomic step, durable on return.
public protocol JobStore: Sendable {
    /// Puts a job in place of the revision that the caller saw, `nil` for none. The job's own `revision` and `storedAt` are not looked at.
    func put(_ job: StoredJob, replacing revision: Int64?, now: WallTime) async throws(StoreError) -> PutAnswer

    /// The same. A store whose jobs are elsewhere need not have it: what it takes is bytes.
    func put(_ form: any JobForm, replacing revision: Int64?, now: WallTime) async throws(StoreError) -> PutAnswer

    func storedJob(_ id: JobID) async throws(StoreError) -> StoredJob?

    /// Jobs in the order of their ids' bytes, those after `id`, so many at most. Fewer than `limit` may come although there are more: none is
    /// the end.
    func storedJobs(after id: JobID?, limit: Int) async throws(StoreError) -> [StoredJob]

    /// How many there are; asked before another is put.
    func countOfStoredJobs(_ origin: StoredJob.Origin) async throws(StoreError) -> Int

    /// Removes a job if it stands at that revision, `nil` for any; `true` if it did. Its watermark and history stay for as long as those of a job
    /// that left the table.
    func removeStoredJob(_ id: JobID, revision: Int64?) async throws(StoreError) -> Bool
}

extension JobStore {
    /// As bytes.
    public func put(_ form: any JobForm, replacing revision: Int64?, now: WallTime) async throws(StoreError) -> PutAnswer {
        try await put(form.stored, replacing: revision, now: now)
    }
}

extension Ledger {
    /// The jobs beside the table's; `nil` where it keeps none.
    public nonisolated var jobs: (any JobStore)? { self as? any JobStore }
}

extension JobID {
    /// With what the ids of jobs that run once begin. No `name=` of a table can spell it.
    public static let oncePrefix = "at:"

    public var isOnce: Bool { derived == nil && description.hasPrefix(Self.oncePrefix) }
}
