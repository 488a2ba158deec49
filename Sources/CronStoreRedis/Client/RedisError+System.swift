internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

extension RedisError {
    /// What an error of the network or of TLS means.
    init(system error: any Error, peer: RedisPeer, isKnown: Bool = false) {
        switch error {
        case let error as RedisError: self = error
        case let error as NIOConnectionError:
            if let failed = error.connectionErrors.first {
                self.init(.unreachable, peer.name, Self.words(failed.error))
            } else {
                let reason = error.dnsAError ?? error.dnsAAAAError
                self.init(.badAddress, peer.name, reason.map { String(describing: $0) } ?? "")
            }
        case let error as NIOSSLError: self.init(tls: String(describing: error), peer: peer, isKnown: isKnown)
        case let error as NIOSSLExtraError: self.init(.certificate, peer.name, error.description)
        case let error as BoringSSLError: self.init(tls: String(describing: error), peer: peer, isKnown: isKnown)
        default: self.init(isKnown ? .lost : .unreachable, peer.name, Self.words(error))
        }
    }

    private init(tls words: String, peer: RedisPeer, isKnown: Bool) {
        let short = String(words.prefix(200))
        if words.hasMark("WRONG_VERSION_NUMBER") || words.hasMark("HTTP_REQUEST") {
            self.init(.plainServer, peer.name, "its answer is no TLS")
        } else if Self.refusals.contains(where: words.hasMark) {
            self.init(.identityWanted, peer.name, short)
        } else if words.hasMark("_ALERT_") {
            self.init(.closedAtOnce, peer.name, short)
        } else if words.hasMark("CERTIFICATE") || words.hasMark("ertificate") {
            self.init(.certificate, peer.name, short)
        } else if isKnown {
            self.init(.lost, peer.name, short)
        } else {
            self.init(.plainServer, peer.name, short)
        }
    }

    /// Alerts by which a server says that it does not know us.
    private static let refusals = [
        "ALERT_CERTIFICATE_REQUIRED", "ALERT_BAD_CERTIFICATE", "ALERT_UNKNOWN_CA", "ALERT_CERTIFICATE_UNKNOWN",
        "ALERT_CERTIFICATE_EXPIRED", "ALERT_DECRYPT_ERROR", "ALERT_HANDSHAKE_FAILURE",
    ]

    static func words(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout(let time): "no connection within \(time.nanoseconds / 1_000_000) ms"
        default: String(String(describing: error).prefix(200))
        }
    }
}
