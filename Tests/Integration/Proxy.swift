// tidy: helper
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Stands between a client and a server, on a socket of its own, and loses what a test wants lost: once, together with the connection.
final class Proxy: Sendable {
    enum Fault: Sendable {
        /// The first request that holds these bytes never reaches the server.
        case request(String)
        /// It does, but its answer never comes back.
        case reply(String)
    }

    let socket: String
    private let server: RedisServer
    private let fault = Mutex<Fault?>(nil)
    private let listener: any Channel
    private let hook: Hook

    init(to server: RedisServer) async throws {
        let path = "\(server.folder)/proxy.sock", target = server.socket
        socket = path
        self.server = server
        let hook = Hook()
        self.hook = hook
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).childChannelInitializer { client in
            ClientBootstrap(group: client.eventLoop).connect(unixDomainSocketPath: target).flatMapThrowing { upstream in
                let toServer = Forwarder(to: upstream) { bytes in hook.proxy.withLock { $0?.request(bytes) } ?? .pass }
                let toClient = Forwarder(to: client) { _ in hook.proxy.withLock { $0?.reply() } ?? .pass }
                try client.pipeline.syncOperations.addHandler(toServer)
                try upstream.pipeline.syncOperations.addHandler(toClient)
            }
        }.bind(unixDomainSocketPath: path).get()
        hook.proxy.withLock { $0 = self }
    }

    /// Until this is called, it and its server stay.
    func end() {
        hook.proxy.withLock { $0 = nil }
        listener.close(promise: nil)
    }

    func lose(_ fault: Fault) { self.fault.withLock { $0 = fault } }

    /// Whether what was to be lost is lost.
    var hasLost: Bool { fault.withLock { $0 == nil } }

    private let isReplyDue = Mutex(false)

    fileprivate func request(_ bytes: ByteBuffer) -> Forwarder.Step {
        let text = String(buffer: bytes)
        switch fault.withLock({ $0 }) {
        case .request(let mark) where text.contains(mark):
            fault.withLock { $0 = nil }
            return .close
        case .reply(let mark) where text.contains(mark): isReplyDue.withLock { $0 = true }
        default: break
        }
        return .pass
    }

    fileprivate func reply() -> Forwarder.Step {
        let isDue = isReplyDue.withLock { isDue in
            defer { isDue = false }
            return isDue
        }
        guard isDue else { return .pass }
        fault.withLock { $0 = nil }
        return .close
    }
}

/// What accepted connections know their proxy by.
private final class Hook: Sendable {
    let proxy = Mutex<Proxy?>(nil)
}

private final class Forwarder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    enum Step { case pass, close }

    private let other: any Channel
    private let judge: (ByteBuffer) -> Step

    init(to other: any Channel, judge: @escaping (ByteBuffer) -> Step) {
        self.other = other
        self.judge = judge
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        switch judge(bytes) {
        case .pass: other.writeAndFlush(bytes, promise: nil)
        case .close:
            other.close(promise: nil)
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }
}

/// A server that is no Redis: answers each piece that comes with the same bytes, or with nothing.
final class FakeServer: Sendable {
    let port: Int
    private let listener: any Channel

    init(answer: @escaping @Sendable (String) -> String?) async throws {
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).childChannelInitializer { client in
            client.eventLoop.makeCompletedFuture { try client.pipeline.syncOperations.addHandler(Answering(answer)) }
        }.bind(host: "127.0.0.1", port: 0).get()
        port = listener.localAddress?.port ?? 0
    }

    deinit { listener.close(promise: nil) }
}

private final class Answering: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let answer: @Sendable (String) -> String?

    init(_ answer: @escaping @Sendable (String) -> String?) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let text = answer(String(buffer: unwrapInboundIn(data))) else { return }
        context.channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }
}
