internal import CronJobs

// The baseline's hash is the last start's, of whichever service; a service that runs only enters the files that it leaves. On a shared store
// several write it, so each change is made to what is there, and made again where somebody else was faster.

extension TableKeeper {
    private static let tries = 20

    /// Enters what the files are now, as this service leaves them.
    func noteIdentity() async { try? await enterFiles { _ in } }

    func enterFiles(_ change: (inout Baseline) -> Void) async throws(StoreError) {
        let identity = Baseline.identity(of: appliedStamps), isLeft = sharing.isShared && applied != imageHash
        for _ in 0..<Self.tries {
            let text = try await store.baseline()
            var next = text.map { Baseline($0) } ?? Baseline(hash: baseline?.hash ?? imageHash ?? "", identity: "")
            change(&next)
            next.identity = identity
            if isLeft { next.leave(identity, insteadOf: enteredIdentity) }
            let isSet = next.text == text ? true : try await store.setBaseline(next.text, insteadOf: text)
            guard isSet else { continue }
            baseline = next
            if isLeft { enteredIdentity = identity }
            return
        }
        throw StoreError(.unavailable, "too many services enter their files at once")
    }
}
