internal import Glibc
internal import LinuxEvents
internal import NIOCore
internal import NIOSSL

/// Why there is no answer, for people.
struct WebFailure: Error {
    let words: String

    init(_ words: String) { self.words = words }

    /// No certificates to trust can be read.
    ///
    /// - Parameter authority: the file that a setting names.
    init(unreadable authority: String?) {
        guard let authority else {
            self.init(Self.noAuthorities)
            return
        }
        let reason =
            NamedFile.fault(authority) ?? (access(authority, R_OK) != 0 ? String(cString: strerror(errno)) : "has no certificate in PEM")
        self.init("the certificates to trust cannot be read: SSL_CERT_FILE=\(authority): \(reason)")
    }

    private static let noAuthorities =
        "no certificates to trust are installed here: install ca-certificates, or name a file in SSL_CERT_FILE"

    static func words(_ error: any Error) -> String {
        switch error {
        case let failure as WebFailure: return failure.words
        case let error as IOError: return String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: return "no connection within its time"
        case NIOSSLError.uncleanShutdown: return "it closed the connection without an answer"
        case let error as NIOSSLExtraError where error == .failedToValidateHostname: return "its certificate is for another name"
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: return secured("\(error)")
        default: return "\(error)".prefix(200).description
        }
    }

    /// What the library for TLS says is a list of codes, with words of its own in capitals.
    private static func secured(_ text: String) -> String {
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            if !hasAuthorities { return noAuthorities }
            return "its certificate is not trusted here (install ca-certificates, or name its authority's file in SSL_CERT_FILE)"
        }
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") { return "it does not speak TLS: write http://" }
        let words = text.split { !($0.isUppercase || $0 == "_") }.filter { $0.contains("_") && $0.count > 6 }
        let reason = words.last.map { String($0).lowercased().replacing("_", with: " ") }
        return "no TLS connection with it can be made: \(reason ?? "it broke off")"
    }

    private static var hasAuthorities: Bool { systemAuthorities != nil || getenv("SSL_CERT_FILE").map { $0.pointee != 0 } ?? false }

    /// The file of certificates that systems have.
    static var systemAuthorities: String? {
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"].first { access($0, R_OK) == 0 }
    }
}
