internal import CRabbitMQ
internal import Glibc

/// A message that the broker gives back, as far as it has come: its method, its header, then its body, piece by piece.
struct FrameParts {
    struct Returned {
        var reason: String
        var id: String?
        var bytesLeft: UInt64 = 0
    }

    var returned: [amqp_channel_t: Returned] = [:]
}

extension Wire {
    /// Takes all that has come, without waiting for more.
    func read() throws(BrokerError) -> [LinkMachine.Event] {
        var events: [LinkMachine.Event] = []
        while true {
            var frame = amqp_frame_t(), none = timeval()
            let status = amqp_simple_wait_frame_noblock(state, &frame, &none)
            if status == AMQP_STATUS_TIMEOUT.rawValue { return events }
            guard status == AMQP_STATUS_OK.rawValue else { throw BrokerError(status: status, of: broker) }
            let event = try event(of: frame)
            amqp_maybe_release_buffers(state)
            if let event { events.append(event) }
        }
    }

    private func event(of frame: amqp_frame_t) throws(BrokerError) -> LinkMachine.Event? {
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD: return try event(of: frame.payload.method, on: frame.channel)
        case AMQP_FRAME_HEADER: return header(frame)
        case AMQP_FRAME_BODY: return body(of: frame.payload.body_fragment.len, on: frame.channel)
        default: return nil
        }
    }

    private func event(of method: amqp_method_t, on channel: amqp_channel_t) throws(BrokerError) -> LinkMachine.Event? {
        guard let decoded = method.decoded else { return nil }
        switch method.id {
        case UInt32(AMQP_BASIC_ACK_METHOD):
            let ack = decoded.assumingMemoryBound(to: amqp_basic_ack_t.self).pointee
            return .confirmed(answered(channel, ack.delivery_tag, multiple: ack.multiple != 0, isConfirm: true))
        case UInt32(AMQP_BASIC_NACK_METHOD):
            let nack = decoded.assumingMemoryBound(to: amqp_basic_nack_t.self).pointee
            return .refused(answered(channel, nack.delivery_tag, multiple: nack.multiple != 0, isConfirm: false))
        case UInt32(AMQP_BASIC_RETURN_METHOD):
            let back = decoded.assumingMemoryBound(to: amqp_basic_return_t.self).pointee
            parts.returned[channel] = FrameParts.Returned(reason: "\(back.reply_code) \(String(back.reply_text))")
            return nil
        case UInt32(AMQP_CHANNEL_CLOSE_METHOD):
            let close = decoded.assumingMemoryBound(to: amqp_channel_close_t.self).pointee
            parts.returned[channel] = nil
            return .channelClosed(
                try closed(channel, code: Int(close.reply_code), reason: "\(close.reply_code) \(String(close.reply_text))"))
        case UInt32(AMQP_CONNECTION_CLOSE_METHOD):
            let close = decoded.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
            let error = BrokerError(closedWith: Int(close.reply_code), String(close.reply_text), by: broker)
            var reply = amqp_connection_close_ok_t()
            amqp_send_method(state, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &reply)
            throw error
        case UInt32(AMQP_CONNECTION_BLOCKED_METHOD):
            return .blocked(String(decoded.assumingMemoryBound(to: amqp_connection_blocked_t.self).pointee.reason))
        case UInt32(AMQP_CONNECTION_UNBLOCKED_METHOD): return .unblocked
        default: return nil
        }
    }

    private func header(_ frame: amqp_frame_t) -> LinkMachine.Event? {
        guard var back = parts.returned[frame.channel] else { return nil }
        if let decoded = frame.payload.properties.decoded {
            let properties = decoded.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee
            // Not by `String(amqp_bytes_t)`: an id is compared, not shown.
            let bytes = UnsafeRawBufferPointer(start: properties.message_id.bytes, count: properties.message_id.len)
            back.id = String(decoding: bytes, as: UTF8.self)
        }
        back.bytesLeft = frame.payload.properties.body_size
        parts.returned[frame.channel] = back
        return finish(frame.channel)
    }

    private func body(of length: Int, on channel: amqp_channel_t) -> LinkMachine.Event? {
        guard let left = parts.returned[channel]?.bytesLeft else { return nil }
        parts.returned[channel]?.bytesLeft = left - min(left, UInt64(length))
        return finish(channel)
    }

    private func finish(_ channel: amqp_channel_t) -> LinkMachine.Event? {
        guard let back = parts.returned[channel], back.bytesLeft == 0 else { return nil }
        parts.returned[channel] = nil
        return back.id.flatMap { number(ofReturned: $0, on: channel) }.map { .returned($0, back.reason) }
    }
}
