internal import CronJobs
internal import Crypto

// A service that was killed between a start and the record of it finds the process again by its environment. The run's id can be guessed, so
// anybody could have a process taken for somebody else's run. Hence each attempt is given a mark that follows from a secret in the ledger, which
// jobs cannot read: nothing has to be written for a start, and the next life of the service, which opens the same ledger, knows all marks.

/// What an attempt carries in its environment, and nobody else can know.
struct RunMark: Sendable {
    private let key: SymmetricKey

    /// - Parameter secret: the ledger's.
    init(secret: String) { key = SymmetricKey(data: Array(secret.utf8)) }

    /// HMAC-SHA256, its first half, in lower-case hexadecimal. No fence: a take-over has another one.
    func of(_ run: RunID, attempt: Int) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array("swift-crond run 1\n\(run)\n\(attempt)".utf8), using: key)
        return code.prefix(16).reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
    }
}
