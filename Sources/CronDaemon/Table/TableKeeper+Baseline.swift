internal import CronJobs

// The baseline's hash is the last start's, of whichever service; a service that runs only enters the files that it leaves. On a shared store
// several write it, so each change is made to what is there, and made again where somebody else was faster.

extension TableKeeper {
    private static let tries = 20

    /// Enters what the files are now, as this service leaves them.
    func noteIdentity() async { try? await enterFiles { _ in } }

    func enterFiles(_ change: (inout Baseline) -> Void) async throws(StoreError) {
        let identity = Baseline.identity(of: appliedStamps), isLeft = sharing.isShared && applied != imageHash
        for attempt in 1...Self.tries {
            let text = try await store.baseline()
            var next = text.map { Baseline($0) } ?? Baseline(hash: baseline?.hash ?? imageHash ?? "", identity: "")
            change(&next)
            next.identity = identity
            if isLeft { next.leave(identity, insteadOf: enteredIdentity) }
            let isSet = next.text == text ? true : try await set(next.text, insteadOf: text, isLast: attempt == Self.tries)
            guard isSet else { continue }
            baseline = next
            if isLeft { enteredIdentity = identity }
            return
        }
    }

    /// Where very many start at once, the last try does not look any more: no start fails for it, and what is lost is entered again.
    private func set(_ text: String, insteadOf earlier: String?, isLast: Bool) async throws(StoreError) -> Bool {
        guard isLast else { return try await store.setBaseline(text, insteadOf: earlier) }
        try await store.setBaseline(text)
        return true
    }
}
