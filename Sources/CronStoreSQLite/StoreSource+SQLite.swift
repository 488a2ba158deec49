public import CronJobs

extension StoreSource {
    /// A file of SQLite, made where it is missing; one process at a time uses it.
    ///
    /// - Parameter wait: how long it is waited for while another process holds it.
    public static func sqlite(_ path: String, wait: Duration = .seconds(30)) -> StoreSource {
        StoreSource("sqlite:\(path)") { clocks throws(StoreError) in
            let store = try await SQLiteStore.open(path: path, wait: wait, now: clocks.wall)
            return OpenedStore(store, claimsAhead: .milliseconds(50))
        }
    }
}
