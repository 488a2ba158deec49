internal import CRabbitMQ
internal import CronJobs
internal import Glibc
internal import LinuxEvents

/// The way to a connection that is not logged in yet: the socket, and TLS on it.
struct WireOpening {
    let url: AMQPURL
    let host: HostPort
    let broker: String

    /// Files of certificates that systems have, in the order in which they are looked for.
    private static let systemAuthorities = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
    ]

    func run() throws(BrokerError) -> amqp_connection_state_t {
        guard let state = amqp_new_connection() else { throw BrokerError(.refused, broker, "there is no memory for it") }
        do throws(BrokerError) {
            let socket = try socket(of: state)
            var limit = timeval(url.timeout)
            if url.tls != nil { ERR_clear_error() }
            let status = amqp_socket_open_noblock(socket, host.host, Int32(host.port), &limit)
            guard status == AMQP_STATUS_OK.rawValue else { throw BrokerError(opening: status, of: broker) }
            return state
        } catch {
            amqp_destroy_connection(state)
            throw error
        }
    }

    private func socket(of state: amqp_connection_state_t) throws(BrokerError) -> OpaquePointer {
        guard let tls = url.tls else {
            guard let socket = amqp_tcp_socket_new(state) else { throw BrokerError(.refused, broker, "there is no memory for it") }
            return socket
        }
        cr_begin_tls()
        guard let socket = amqp_ssl_socket_new(state) else { throw BrokerError(.refused, broker, "there is no memory for it") }
        amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST)
        let verifies: amqp_boolean_t = tls.verification == .full ? 1 : 0
        amqp_ssl_socket_set_verify_peer(socket, verifies)
        amqp_ssl_socket_set_verify_hostname(socket, verifies)
        try trust(tls.authority, socket)
        if let identity = tls.identity { try show(identity, socket) }
        return socket
    }

    private func trust(_ authority: String?, _ socket: OpaquePointer) throws(BrokerError) {
        let context = amqp_ssl_socket_get_context(socket)
        guard let authority else {
            if let file = Self.systemAuthorities.first(where: { access($0, R_OK) == 0 }) {
                SSL_CTX_load_verify_locations(context, file, nil)
            }
            return
        }
        if let fault = NamedFile.fault(authority, allowsFolder: true) { throw BrokerError(.authority, broker, "\(authority) \(fault)") }
        ERR_clear_error()
        let done =
            NamedFile.isFolder(authority)
            ? SSL_CTX_load_verify_locations(context, nil, authority) : SSL_CTX_load_verify_locations(context, authority, nil)
        guard done == 1 else { throw BrokerError(.authority, broker, "\(authority): \(BrokerError.wordsOfTLS ?? "it cannot be read")") }
    }

    private func show(_ identity: AMQPURL.Identity, _ socket: OpaquePointer) throws(BrokerError) {
        for path in [identity.certificate, identity.key] {
            if let fault = NamedFile.fault(path) { throw BrokerError(.identity, broker, "\(path) \(fault)") }
            guard access(path, R_OK) == 0 else { throw BrokerError(.identity, broker, "\(path): \(String(cString: strerror(errno)))") }
        }
        ERR_clear_error()
        guard amqp_ssl_socket_set_key(socket, identity.certificate, identity.key) == AMQP_STATUS_OK.rawValue else {
            let words = BrokerError.wordsOfTLS ?? "they cannot be read"
            throw BrokerError(.identity, broker, "\(identity.certificate), \(identity.key): \(words)")
        }
    }

    /// Whether a broker that did not understand plain words speaks TLS: it is greeted so.
    static func speaksTLS(_ url: AMQPURL, _ host: HostPort) -> Bool {
        var secured = url
        secured.tls = AMQPURL.TLS(verification: .none)
        secured.timeout = min(url.timeout, .seconds(3))
        do throws(BrokerError) {
            amqp_destroy_connection(try WireOpening(url: secured, host: host, broker: "").run())
            return true
        } catch {
            return false
        }
    }
}
