internal import CRabbitMQ
internal import CronExpressions
internal import Glibc

extension BrokerError {
    /// A call that failed on a connection that was open.
    init(status: Int32, of broker: String) {
        switch status {
        case AMQP_STATUS_HEARTBEAT_TIMEOUT.rawValue: self.init(.lost, broker, "nothing was heard of it for two heartbeats")
        case AMQP_STATUS_BAD_AMQP_DATA.rawValue, AMQP_STATUS_UNKNOWN_METHOD.rawValue, AMQP_STATUS_UNKNOWN_CLASS.rawValue:
            self.init(.notABroker, broker, Self.words(status))
        default: self.init(.lost, broker, Self.words(status))
        }
    }

    /// Connecting failed.
    init(opening status: Int32, of broker: String) {
        switch status {
        case AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED.rawValue: self.init(.badAddress, broker)
        case AMQP_STATUS_TIMEOUT.rawValue: self.init(.unreachable, broker, "no connection in time")
        case AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED.rawValue: self.init(.certificate, broker, "it is for another host")
        case AMQP_STATUS_SSL_PEER_VERIFY_FAILED.rawValue: self.init(.certificate, broker, Self.wordsOfTLS ?? "")
        case AMQP_STATUS_SSL_CONNECTION_FAILED.rawValue, AMQP_STATUS_SSL_ERROR.rawValue: self.init(handshakeWith: broker)
        // The library has nothing to add: refused, or no way there.
        case AMQP_STATUS_SOCKET_ERROR.rawValue: self.init(.unreachable, broker)
        default: self.init(.unreachable, broker, Self.words(status))
        }
    }

    private init(handshakeWith broker: String) {
        let words = Self.wordsOfTLS ?? "the handshake failed"
        if words.contains("certificate verify failed") {
            self.init(.certificate, broker, words)
        } else if words.contains("alert") {
            self.init(.identity, broker, words)
        } else {
            self.init(.plainServer, broker, words)
        }
    }

    /// The log-in failed.
    init(login reply: amqp_rpc_reply_t, of broker: String) {
        guard reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION else {
            self.init(reply: reply, of: broker)
            return
        }
        switch reply.library_error {
        case AMQP_STATUS_TIMEOUT.rawValue: self.init(.silent, broker)
        case AMQP_STATUS_BAD_AMQP_DATA.rawValue, AMQP_STATUS_UNKNOWN_METHOD.rawValue, AMQP_STATUS_UNKNOWN_CLASS.rawValue,
            AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION.rawValue, AMQP_STATUS_WRONG_METHOD.rawValue, AMQP_STATUS_UNEXPECTED_STATE.rawValue:
            self.init(.notABroker, broker, Self.words(reply.library_error))
        case AMQP_STATUS_SSL_ERROR.rawValue:
            // With TLS 1.3 a broker refuses our certificate after the handshake.
            self.init(.identity, broker, Self.wordsOfTLS ?? Self.words(reply.library_error))
        default: self.init(.lost, broker, "before the log-in was over: \(Self.words(reply.library_error))")
        }
    }

    /// An exchange of question and answer failed.
    init(reply: amqp_rpc_reply_t, of broker: String) {
        guard reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION, let decoded = reply.reply.decoded else {
            self.init(status: reply.library_error, of: broker)
            return
        }
        switch reply.reply.id {
        case UInt32(AMQP_CONNECTION_CLOSE_METHOD):
            let close = decoded.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
            self.init(closedWith: Int(close.reply_code), String(close.reply_text), by: broker)
        case UInt32(AMQP_CHANNEL_CLOSE_METHOD):
            let close = decoded.assumingMemoryBound(to: amqp_channel_close_t.self).pointee
            self.init(closedWith: Int(close.reply_code), String(close.reply_text), by: broker)
        default: self.init(.refused, broker)
        }
    }

    /// The broker closed the connection, with its reason.
    init(closedWith code: Int, _ text: String, by broker: String) {
        switch code {
        case 403: self.init(text.contains("Login was refused") ? .wrongPassword : .forbidden, broker, text)
        case 530: self.init(.noVirtualHost, broker, text)
        case 320: self.init(.closed, broker, text)
        default: self.init(.closed, broker, "\(code) \(text)")
        }
    }

    private static func words(_ status: Int32) -> String { String(cString: amqp_error_string2(status)) }

    /// What OpenSSL says last went wrong on this thread.
    static var wordsOfTLS: String? {
        let code = ERR_peek_error()
        guard code != 0, let text = ERR_reason_error_string(code) else { return nil }
        return String(cString: text)
    }
}

extension String {
    /// A broker's words: at most 200 bytes of them, none of which moves a cursor.
    init(_ bytes: amqp_bytes_t) {
        let buffer = UnsafeRawBufferPointer(start: bytes.bytes, count: Swift.min(bytes.len, 200))
        self.init(VisibleText.shown(String(decoding: buffer, as: UTF8.self)))
    }
}
