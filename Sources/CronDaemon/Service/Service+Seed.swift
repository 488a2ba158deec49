internal import CronJobs
internal import Crontabs

// What `a~b` is drawn from: the setting, else the store's seed, else a new one, which the store then keeps. A file that was used before there
// were seeds keeps drawing as its host did, so that no schedule moves. A store that ends with the process keeps nothing: host and line.

extension Service {
    /// `nil` where host and line decide.
    func seed(_ store: StoreOpening) async throws(StoreError) -> TableSeed? {
        let now = clocks.wall
        if let text = configuration.seed { return try await store.revisions.keep(.given(text, at: now)) }
        guard store.outlivesProcess else { return nil }
        if let known = try await store.revisions.seed() { return known }
        var text = "\(String(UInt64.random(in: .min ... .max), radix: 16))\(String(UInt64.random(in: .min ... .max), radix: 16))"
        if store.ledger.shared == nil, try await store.revisions.newestNumber() != nil { text = DrawSource.host(configuration.host).text }
        return try await store.revisions.keep(.drawn(text, at: now))
    }
}
