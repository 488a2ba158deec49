internal import NIOCore
internal import NIOTLS

// One connection's bookkeeping, on its event loop. Replies come in the order of the requests. A request whose time is up takes the connection
// with it: the replies behind it could not be told apart any more, and what it did is unknown.

/// Matches replies to requests.
final class RedisChannelHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = RedisRequest
    typealias OutboundOut = ByteBuffer

    /// Requests that may wait for their replies at once.
    static let bound = 4096

    private struct Waiting {
        var request: RedisRequest
        var deadline: NIODeadline
        var replies: [RESPValue] = []
        var wasHeldUp = false
    }

    /// A timer that comes so late says that this process did not run.
    private static let heldUp = TimeAmount.milliseconds(500)

    private let peer: RedisPeer
    private var decoder = RESPDecoder()
    private var received: ByteBuffer?
    private var waiting: CircularBuffer<Waiting> = []
    private var timer: Scheduled<Void>?
    private var failure: RedisError?
    /// A reply was understood: there is a Redis at the other end.
    private var isKnown = false
    private var isSecured = false

    init(peer: RedisPeer) { self.peer = peer }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let request = unwrapOutboundIn(data)
        if let failure { return request.promise.fail(failure) }
        guard waiting.count < Self.bound else {
            return request.promise.fail(RedisError(.busyLine, peer.name, "\(waiting.count) requests wait"))
        }
        waiting.append(Waiting(request: request, deadline: context.eventLoop.now + request.timeout))
        if timer == nil { watch(context) }
        // Accepted: from here on the request hears of a failure by its own promise.
        promise?.succeed()
        context.write(wrapOutboundOut(request.bytes), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard failure == nil else { return }
        var bytes = unwrapInboundIn(data)
        if !isKnown, received == nil, let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) {
            // Records of TLS begin with 20 to 23: an alert, for us who did not greet in TLS.
            if (20...23).contains(first) { return fail(context, RedisError(.tlsServer, peer.name, "it answered with a TLS alert")) }
        }
        if received == nil { received = bytes } else { received?.writeBuffer(&bytes) }
        take(context)
        if let left = received, left.readableBytes == 0 { received = nil }
    }

    private func take(_ context: ChannelHandlerContext) {
        guard var buffer = received else { return }
        received = nil
        defer { received = buffer }
        do throws(RESPDecoder.Malformed) {
            while let value = try decoder.next(&buffer) {
                isKnown = true
                // A server that has too many clients says so before it is asked anything.
                if waiting.isEmpty, case .error(let words) = value { return fail(context, RedisError(reply: words, server: peer.name)) }
                guard !waiting.isEmpty else { return fail(context, RedisError(.notRedis, peer.name, "a reply that nobody asked for")) }
                waiting[waiting.startIndex].replies.append(value)
                guard waiting[waiting.startIndex].replies.count == waiting[waiting.startIndex].request.replies else { continue }
                let done = waiting.removeFirst()
                done.request.promise.succeed(done.replies)
            }
        } catch {
            fail(context, RedisError(.notRedis, peer.name, error.words))
        }
        buffer.discardReadBytes()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        end(RedisError(closing, peer.name, isKnown ? "" : "closed while we said hello"))
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSUserEvent, case .handshakeCompleted = event { isSecured = true }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? IOError {
            fail(context, RedisError(closing, peer.name, RedisError.words(error)))
        } else {
            fail(context, RedisError(system: error, peer: peer, isKnown: isKnown))
        }
    }

    /// What it means that the other end is gone.
    private var closing: RedisError.Kind { isKnown ? .lost : peer.usesTLS && !isSecured ? .plainServer : .closedAtOnce }

    private func watch(_ context: ChannelHandlerContext) {
        guard let first = waiting.first else {
            timer = nil
            return
        }
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: first.deadline) { [self] in
            timer = nil
            guard let first = waiting.first else { return }
            let late = context.eventLoop.now - first.deadline
            // We were held up ourselves (stopped, or the whole machine was): the answer may be here, and is read first.
            if late > Self.heldUp, !first.wasHeldUp { extend(context) } else if late >= .zero { giveUp(context) } else { watch(context) }
        }
    }

    private func extend(_ context: ChannelHandlerContext) {
        waiting[waiting.startIndex].deadline = context.eventLoop.now + Self.heldUp
        waiting[waiting.startIndex].wasHeldUp = true
        watch(context)
    }

    private func giveUp(_ context: ChannelHandlerContext) {
        let kind: RedisError.Kind = isKnown ? .timedOut : peer.usesTLS && !isSecured ? .plainServer : .silent
        fail(context, RedisError(kind, peer.name, "nothing came for \((waiting.first?.request.timeout.nanoseconds ?? 0) / 1_000_000) ms"))
    }

    private func fail(_ context: ChannelHandlerContext, _ error: RedisError) {
        end(error)
        context.close(promise: nil)
    }

    /// Everybody who waits hears it, and whoever asks from now on.
    private func end(_ error: RedisError) {
        guard failure == nil else { return }
        failure = error
        peer.fate.end(error)
        var told = error
        told.isOutcomeUnknown = isKnown
        let all = waiting
        waiting = []
        for (index, entry) in all.enumerated() {
            // Only the first was slow; the others went down with it.
            if index > 0, told.kind == .timedOut { told.kind = .lost }
            entry.request.promise.fail(told)
        }
    }
}
