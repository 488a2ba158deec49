/// What the service that crond replaces kept beside its schedule: the table as a cache, and the bodies of scheduled notices.
///
/// Both programs restore from the other's cache, so its form is theirs; this contract only carries the bytes.
public protocol OriginalData: Sendable {
    /// The cache's text; `nil` where there is none.
    func cache() async throws(StoreError) -> [UInt8]?

    func setCache(_ text: [UInt8]) async throws(StoreError)

    /// The bodies of jobs that have one. Nothing of them is ever shell text.
    func bodies(of jobs: [JobID]) async throws(StoreError) -> [JobID: [UInt8]]

    /// Whether the original's scheduler left its pickled jobs; they are never read.
    func hasPickledJobs() async throws(StoreError) -> Bool
}
