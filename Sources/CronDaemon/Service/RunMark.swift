internal import CronJobs
internal import Crypto

// A service that was killed between a start and the record of it finds the process again by its environment. The run's id can be guessed, so
// anybody could have a process taken for somebody else's run. Hence each attempt is given a mark that follows from a secret in the ledger, which
// jobs cannot read: nothing has to be written for a start, and the next life of the service, which opens the same ledger, knows all marks.

/// What an attempt carries in its environment, and nobody else can know.
struct RunMark: Sendable {
    /// With the key taken in, which costs half of a mark.
    private let keyed: HMAC<SHA256>

    /// - Parameter secret: the ledger's.
    init(secret: String) { keyed = HMAC(key: SymmetricKey(data: Array(secret.utf8))) }

    /// HMAC-SHA256, its first half, in lower-case hexadecimal. No fence: a take-over has another one.
    func of(_ run: RunID, attempt: Int) -> String {
        var code = keyed
        code.update(data: Array("swift-crond run 1\n\(run)\n\(attempt)".utf8))
        let digits = code.finalize().prefix(16).flatMap { [Self.digit($0 >> 4), Self.digit($0 & 15)] }
        return String(decoding: digits, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10 }
}
