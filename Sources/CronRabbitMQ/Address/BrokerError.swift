internal import CronJobs

/// What went wrong between us and a broker, and what the operator can do about it.
public struct BrokerError: Error, Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case badAddress, unreachable, silent, notABroker, lost, stuck, closed
        case plainServer, tlsServer, certificate, authority, identity
        case wrongPassword, noVirtualHost, forbidden, refused
    }

    public var kind: Kind
    /// Which broker, without user info.
    public var broker: String
    /// What it said, or what the system said.
    public var words: String

    public init(_ kind: Kind, _ broker: String, _ words: String = "") {
        self.kind = kind
        self.broker = broker
        self.words = words
    }

    /// It may go away without anybody changing a setting.
    public var isTransient: Bool {
        switch kind {
        case .badAddress, .unreachable, .silent, .lost, .stuck, .closed: true
        case .notABroker, .plainServer, .tlsServer, .certificate, .authority, .identity, .wrongPassword, .noVirtualHost, .forbidden,
            .refused:
            false
        }
    }
}

extension BrokerError {
    /// Without what the other side repeats of the password that it was told.
    func hiding(_ password: String) -> BrokerError {
        var error = self
        if let mask = SecretMask([password]) { error.words = mask.masked(words) }
        return error
    }

    /// With something else that may be why.
    func adding(_ fault: String?) -> BrokerError {
        guard let fault else { return self }
        var error = self
        error.words += (words.isEmpty ? "" : "; ") + fault
        return error
    }
}

extension BrokerError: CustomStringConvertible {
    public var description: String { "\(broker): \(what)\(words.isEmpty ? "" : " (\(words))"). \(advice)" }

    private var what: String {
        switch kind {
        case .badAddress: "the name has no address"
        case .unreachable: "cannot connect"
        case .silent: "it took the connection and did not answer in time"
        case .notABroker: "what answers there is not an AMQP broker"
        case .lost: "the connection was lost"
        case .stuck: "it took nothing more, and the connection was given up"
        case .closed: "the broker closed the connection"
        case .plainServer: "it does not speak TLS"
        case .tlsServer: "it speaks TLS only"
        case .certificate: "its certificate cannot be trusted"
        case .authority: "the certificates to trust cannot be read"
        case .identity: "our own certificate or its key cannot be used"
        case .wrongPassword: "user or password is wrong"
        case .noVirtualHost: "it has no such vhost, or this user may not enter it"
        case .forbidden: "this user may not do that"
        case .refused: "it refused the connection"
        }
    }

    /// A sentence for the operator.
    public var advice: String {
        switch kind {
        case .badAddress: "Check the host name in the URL and the DNS of this container."
        case .unreachable: "Check that it runs, the host and port of the URL, and the network between; it is tried again until it works."
        case .silent: "Check that the port is a broker's: 5672 is usual, 5671 for TLS; timeout= in the URL makes the wait longer."
        case .notABroker: "Check host and port of the URL: another service listens there."
        case .lost: "It is connected again by itself."
        case .stuck: "Look at its memory and disk alarms; it is connected again by itself."
        case .closed: "Look at its log; it is connected again by itself."
        case .plainServer: "Write amqp:// instead of amqps://, or name its TLS port (usually 5671)."
        case .tlsServer: "Write amqps:// instead of amqp://."
        case .certificate:
            "Name its authority with tls-ca=PATH, and use the host name that the certificate is for; tls-verify=none trusts anybody."
        case .authority: "Name a readable PEM file with tls-ca=PATH."
        case .identity: "Name readable PEM files with tls-cert=PATH and tls-key=PATH, the key without a passphrase."
        case .wrongPassword: "Check user and password of the URL, % signs and all; guest may only connect from the broker's own machine."
        case .noVirtualHost:
            "Check the vhost behind the host (/ is written %2F, or left out) and the user's permissions (rabbitmqctl set_permissions)."
        case .forbidden: "Give the user the permissions for it (rabbitmqctl set_permissions)."
        case .refused: "See its words."
        }
    }
}
