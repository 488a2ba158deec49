internal import CRabbitMQ
internal import CronJobs
internal import Glibc

// One connection, as librabbitmq has it. Only its thread touches it, but for `descriptor`, which may be shut down from outside: the only way to end a
// write that hangs, because librabbitmq waits without limit until a socket takes something.
//
// Channel 1, 2, … are for one exchange each, so that what the broker says about an exchange (a channel ends by it) concerns nobody else; beyond
// `channels` of them the last is shared.

/// A connection to a broker that is logged in.
final class Wire {
    static let channels = 64
    private static let product = "swift-crond"

    let state: amqp_connection_state_t
    let descriptor: Int32
    let broker: String
    private let timeout: Duration
    private var channelOf: [String: amqp_channel_t] = [:]
    private var tags: [amqp_channel_t: ChannelTags] = [:]
    private var freeChannels: [amqp_channel_t] = []
    var parts = FrameParts()

    private init(_ state: amqp_connection_state_t, broker: String, timeout: Duration) {
        self.state = state
        self.broker = broker
        self.timeout = timeout
        descriptor = amqp_get_sockfd(state)
    }

    deinit { amqp_destroy_connection(state) }

    /// Connects and logs in. Blocks, for each step up to the URL's time limit.
    static func open(_ url: AMQPURL, _ host: HostPort) throws(BrokerError) -> Wire {
        let broker = url.description(of: host)
        let state = try WireOpening(url: url, host: host, broker: broker).run()
        let wire = Wire(state, broker: broker, timeout: url.timeout)
        try wire.login(url)
        return wire
    }

    private func login(_ url: AMQPURL) throws(BrokerError) {
        var limit = timeval(url.timeout)
        amqp_set_handshake_timeout(state, &limit)
        amqp_set_rpc_timeout(state, &limit)
        let reply = withClientProperties { properties in
            withUnsafePointer(to: properties) {
                cr_login_plain(state, url.virtualHost, 2047, 131_072, Int32(url.heartbeat), $0, url.user, url.password)
            }
        }
        guard reply.reply_type != AMQP_RESPONSE_NORMAL else { return }
        throw BrokerError(login: reply, of: broker)
    }

    /// Who we are, and what we want to be told.
    private func withClientProperties<Result>(_ body: (amqp_table_t) -> Result) -> Result {
        let yes = ["connection.blocked", "consumer_cancel_notify", "publisher_confirms", "basic.nack", "authentication_failure_close"]
        let texts = (yes + ["capabilities", "product", Self.product]).map { strdup($0) }
        defer { for text in texts { free(text) } }
        var wanted = texts[..<yes.count].map { text in
            var entry = amqp_table_entry_t()
            entry.key = amqp_cstring_bytes(text)
            entry.value.kind = UInt8(AMQP_FIELD_KIND_BOOLEAN.rawValue)
            entry.value.value.boolean = 1
            return entry
        }
        return wanted.withUnsafeMutableBufferPointer { wanted in
            var capabilities = amqp_table_entry_t(), product = amqp_table_entry_t()
            capabilities.key = amqp_cstring_bytes(texts[yes.count])
            capabilities.value.kind = UInt8(AMQP_FIELD_KIND_TABLE.rawValue)
            capabilities.value.value.table = amqp_table_t(num_entries: Int32(wanted.count), entries: wanted.baseAddress)
            product.key = amqp_cstring_bytes(texts[yes.count + 1])
            product.value.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
            product.value.value.bytes = amqp_cstring_bytes(texts[yes.count + 2])
            var entries = [capabilities, product]
            return entries.withUnsafeMutableBufferPointer { entries in
                body(amqp_table_t(num_entries: Int32(entries.count), entries: entries.baseAddress))
            }
        }
    }

    /// Says good-bye; waits for the answer for a moment only.
    func hangUp() {
        var limit = timeval(min(timeout, .milliseconds(500)))
        amqp_set_rpc_timeout(state, &limit)
        amqp_connection_close(state, AMQP_REPLY_SUCCESS)
    }

    // MARK: Sending

    /// Writes a message. Blocks for as long as the socket takes nothing.
    func send(_ sending: LinkMachine.Sending, on channel: amqp_channel_t) throws(BrokerError) {
        let message = sending.message
        let status = message.withProperties { properties, exchange, key, body in
            amqp_basic_publish(state, channel, exchange, key, message.mandatory ? 1 : 0, 0, properties, body)
        }
        guard status == AMQP_STATUS_OK.rawValue else { throw BrokerError(status: status, of: broker) }
        tags[channel, default: ChannelTags()].sent(sending.number, id: message.id)
    }

    /// The exchange's channel, opened where there is none.
    func channel(for exchange: String) throws(BrokerError) -> amqp_channel_t {
        if let known = channelOf[exchange] { return known }
        if channelOf.count >= Self.channels - 1, let shared = channelOf[Self.sharedName] {
            channelOf[exchange] = shared
            return shared
        }
        let isLast = channelOf.count == Self.channels - 1
        let number = freeChannels.popLast() ?? amqp_channel_t(tags.count + 1)
        guard amqp_channel_open(state, number) != nil, amqp_confirm_select(state, number) != nil else {
            throw BrokerError(reply: amqp_get_rpc_reply(state), of: broker)
        }
        tags[number] = ChannelTags()
        channelOf[isLast ? Self.sharedName : exchange] = number
        return number
    }

    /// No exchange: its name is too long for one.
    private static let sharedName = String(repeating: "*", count: 256)

    // MARK: What the broker answers

    func answered(_ channel: amqp_channel_t, _ tag: UInt64, multiple: Bool, isConfirm: Bool) -> [Int] {
        tags[channel]?.answered(tag, multiple: multiple, isConfirm: isConfirm) ?? []
    }

    func number(ofReturned id: String, on channel: amqp_channel_t) -> Int? { tags[channel]?.number(ofReturned: id) }

    /// The broker closed a channel; the next message for its exchange opens another.
    func closed(_ channel: amqp_channel_t, code: Int, reason: String) throws(BrokerError) -> ClosedChannel {
        var reply = amqp_channel_close_ok_t()
        let status = amqp_send_method(state, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &reply)
        guard status == AMQP_STATUS_OK.rawValue else { throw BrokerError(status: status, of: broker) }
        let isShared = channelOf[Self.sharedName] == channel
        let closed = ClosedChannel(tags[channel] ?? ChannelTags(), code: code, reason: reason, isShared: isShared)
        channelOf = channelOf.filter { $0.value != channel }
        // A number that is used again may still get words about its former life.
        tags[channel] = ChannelTags()
        freeChannels.append(channel)
        return closed
    }
}

extension timeval {
    init(_ duration: Duration) {
        let nanoseconds = duration.wholeNanoseconds
        self.init(tv_sec: Int(nanoseconds / 1_000_000_000), tv_usec: Int(nanoseconds % 1_000_000_000 / 1000))
    }
}
