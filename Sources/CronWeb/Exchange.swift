internal import CronJobs
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

// One request on one connection.
//
//     connected ──by a proxy, to https──▶ tunnelling ──2xx──▶ asking ──a status──▶ over
//         └─────────────────────────────────────────────────▶ │ 1xx: another follows
//
// What the server sends is read up to the end of its head; a head that has none within 32 KiB is none.

/// A request, from the connection to the answer.
struct Exchange: Sendable {
    let request: WebRequest
    let proxy: WebURL?
    let tls: NIOSSLContext?
    let end: NIODeadline

    /// Throws where there is no connection to that address.
    func begin(at address: SocketAddress, _ group: any EventLoopGroup) async throws -> EventLoopFuture<WebAnswer> {
        let promise = group.next().makePromise(of: WebAnswer.self)
        let bootstrap = ClientBootstrap(group: group).connectTimeout(min(.seconds(5), max(.milliseconds(1), end - .now())))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = ExchangeHandler(self, promise)
                    if proxy == nil, let tls = try securing() { try channel.pipeline.syncOperations.addHandler(tls) }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        do { _ = try await bootstrap.connect(to: address).get() } catch {
            promise.fail(error)
            throw error
        }
        return promise.futureResult
    }

    func securing() throws -> NIOSSLClientHandler? {
        guard let tls else { return nil }
        // An address is no name to ask for; its certificate is compared with the address itself.
        let isAddress = (try? SocketAddress(ipAddress: request.url.host.host, port: 0)) != nil
        return try NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : request.url.host.host)
    }
}

private final class ExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State { case connecting, tunnelling, asking, over }

    private static let longestHead = 32 * 1024

    private let exchange: Exchange
    private let promise: EventLoopPromise<WebAnswer>
    private var state = State.connecting
    private var received: [UInt8] = []
    private var timer: Scheduled<Void>?

    init(_ exchange: Exchange, _ promise: EventLoopPromise<WebAnswer>) { (self.exchange, self.promise) = (exchange, promise) }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: exchange.end) { [self] in
            finish(context, .failure(WebFailure("no answer within its time")))
        }
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard state == .connecting else { return }
        guard let proxy = exchange.proxy, exchange.request.url.isSecure else { return ask(context) }
        state = .tunnelling
        write(context, exchange.request.tunnelBytes(through: proxy))
    }

    private func ask(_ context: ChannelHandlerContext) {
        state = .asking
        write(context, exchange.request.bytes(through: exchange.request.url.isSecure ? nil : exchange.proxy))
    }

    private func write(_ context: ChannelHandlerContext, _ bytes: [UInt8]) {
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state != .over else { return }
        received += unwrapInboundIn(data).readableBytesView
        while state != .over, let length = WebHead.length(in: received) {
            guard let head = WebHead(received[..<length]) else {
                return finish(context, .failure(WebFailure("it does not answer in HTTP")))
            }
            received.removeFirst(length)
            take(head, context)
        }
        if state != .over, received.count > Self.longestHead { finish(context, .failure(WebFailure("it does not answer in HTTP"))) }
    }

    private func take(_ head: WebHead, _ context: ChannelHandlerContext) {
        if (100...199).contains(head.status), head.status != 101 { return }
        guard state == .tunnelling else { return finish(context, .success(.status(head.status, head.words, retryAfter: head.retryAfter))) }
        guard (200...299).contains(head.status) else {
            return finish(context, .failure(WebFailure("it does not lead there: \(head.words)")))
        }
        do {
            if let tls = try exchange.securing() { try context.pipeline.syncOperations.addHandler(tls, position: .first) }
            received = []
            ask(context)
        } catch {
            finish(context, .failure(error))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(context, .failure(WebFailure("it closed the connection without an answer")))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { finish(context, .failure(error)) }

    private func finish(_ context: ChannelHandlerContext, _ result: Result<WebAnswer, any Error>) {
        guard state != .over else { return }
        state = .over
        timer?.cancel()
        timer = nil
        promise.completeWith(result)
        context.close(promise: nil)
    }
}
