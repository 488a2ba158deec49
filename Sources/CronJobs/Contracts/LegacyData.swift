/// What the service that crond replaces kept beside its schedule: the table as a cache, and the bodies of scheduled notices.
///
/// Both programs restore from the other's cache, so its form is theirs; this contract only carries the bytes. Throws `corrupt` where what is
/// there is not the legacy service's, or not for us: that must not keep anybody from starting.
public protocol LegacyData: Sendable {
    /// The cache's text; `nil` where there is none.
    func cache() async throws(StoreError) -> [UInt8]?

    func setCache(_ text: [UInt8]) async throws(StoreError)

    /// The bodies of jobs that have one. Nothing of them is ever shell text.
    func bodies(of jobs: [JobID]) async throws(StoreError) -> [JobID: LegacyBody]

    /// Whether the legacy service's scheduler left its pickled jobs; they are never read.
    func hasPickledJobs() async throws(StoreError) -> Bool
}

/// The body that the legacy service has for a job.
public enum LegacyBody: Hashable, Sendable {
    case bytes([UInt8])
    /// Refused: it has this many bytes.
    case tooLong(Int)
}
