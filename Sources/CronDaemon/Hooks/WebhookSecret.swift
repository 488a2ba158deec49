internal import CronJobs
internal import Crypto

/// What webhooks are signed with: as standardwebhooks.com has it, so that receivers can verify them with what they have.
public struct WebhookSecret: Hashable, Sendable {
    private let key: [UInt8]

    /// - Parameter text: any text, or `whsec_` and bytes in Base64. `nil` where that is not Base64, or nothing.
    public init?(_ text: String) {
        if text.hasPrefix("whsec_") {
            guard let bytes = Base64.bytes(String(text.dropFirst(6))), !bytes.isEmpty else { return nil }
            key = bytes
        } else {
            guard !text.isEmpty else { return nil }
            key = Array(text.utf8)
        }
    }

    /// Of a message that is sent at that time, in seconds.
    func signature(id: String, at seconds: Int64, _ body: [UInt8]) -> String {
        let sum = HMAC<SHA256>.authenticationCode(for: Array("\(id).\(seconds).".utf8) + body, using: SymmetricKey(data: key))
        return "v1," + Base64.text(Array(sum))
    }
}
