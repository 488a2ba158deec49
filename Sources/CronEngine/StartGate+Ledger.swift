internal import CronJobs

extension StartGate {
    /// The gate of attempts that a shared ledger was asked for at a moment; `nil` where the ledger is nobody else's.
    convenience init?(askedAt asked: MonotonicTime, of ledger: any Ledger, _ clocks: any Clocks) {
        guard let shared = ledger.shared else { return nil }
        self.init(openUntil: asked + StartGate.trust) { start in
            let sent = clocks.monotonic
            // An answer that was long in coming (this process stood still) may be true no more: it is asked again, and answers the same if it is.
            guard let answer = try? await shared.mayStart([start]).first, clocks.monotonic - sent <= StartGate.trust else { return nil }
            return answer == .go || answer == .duplicate(node: shared.node)
        }
    }
}
