// tidy: helper
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Stands between a service and its Redis, on a socket of its own: loses words at random, or holds back what one of them says.
final class Proxy: Sendable {
    private enum Mode {
        case faithful
        /// One piece in so many is lost, together with its connection: a request that never comes there, or a reply that never comes back.
        case losing(oneIn: Int)
        /// From the first piece with these bytes on, this side is not heard.
        case holding(Side, mark: String)
        case held(Side, [(channel: any Channel, bytes: ByteBuffer)])
    }

    private enum Side { case requests, replies }

    private struct State {
        var mode = Mode.faithful
        var lost = 0
    }

    let url: String
    private let listener: any Channel
    private let state: SharedState

    private final class SharedState: Sendable {
        let now = Mutex(State())
    }

    init(to redis: Redis, _ name: String) async throws {
        let path = "\(redis.folder)/\(name).sock", target = redis.socket
        url = "unix://\(path)"
        let state = SharedState()
        self.state = state
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).childChannelInitializer { client in
            ClientBootstrap(group: client.eventLoop).connect(unixDomainSocketPath: target).flatMapThrowing { upstream in
                let toServer = Forwarder(to: upstream) { channel, bytes in Self.judge(.requests, bytes, to: channel, state) }
                let toClient = Forwarder(to: client) { channel, bytes in Self.judge(.replies, bytes, to: channel, state) }
                try client.pipeline.syncOperations.addHandler(toServer)
                try upstream.pipeline.syncOperations.addHandler(toClient)
            }
        }.bind(unixDomainSocketPath: path).get()
    }

    func end() { listener.close(promise: nil) }

    // MARK: What a test wants

    func lose(oneIn count: Int) { state.now.withLock { $0.mode = .losing(oneIn: count) } }
    func loseNothing() { state.now.withLock { $0.mode = .faithful } }
    /// How many pieces were lost.
    var lost: Int { state.now.withLock { $0.lost } }

    func hold(from mark: String) { state.now.withLock { $0.mode = .holding(.replies, mark: mark) } }
    func holdRequests(from mark: String) { state.now.withLock { $0.mode = .holding(.requests, mark: mark) } }
    var isHolding: Bool { state.now.withLock { if case .held = $0.mode { true } else { false } } }

    /// Lets the other side hear what was held back.
    func release() { for (channel, bytes) in takeHeld() { channel.writeAndFlush(bytes, promise: nil) } }

    /// Loses what was held back, together with its connections.
    func loseHeld() { for (channel, _) in takeHeld() { channel.close(promise: nil) } }

    private func takeHeld() -> [(channel: any Channel, bytes: ByteBuffer)] {
        state.now.withLock { state in
            defer { state.mode = .faithful }
            if case .held(_, let held) = state.mode { return held }
            return []
        }
    }

    // MARK: Judging

    private static func passes(_ shared: SharedState) -> Bool {
        shared.now.withLock { state in
            guard case .losing(let count) = state.mode, Int.random(in: 0..<count) == 0 else { return true }
            state.lost += 1
            return false
        }
    }

    private static func judge(_ side: Side, _ bytes: ByteBuffer, to channel: any Channel, _ shared: SharedState) -> Forwarder.Step {
        guard passes(shared) else { return .close }
        return shared.now.withLock { state in
            switch state.mode {
            case .held(side, let held): state.mode = .held(side, held + [(channel, bytes)])
            case .holding(side, let mark) where String(buffer: bytes).contains(mark): state.mode = .held(side, [(channel, bytes)])
            default: return .pass
            }
            return .keep
        }
    }
}

private final class Forwarder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    enum Step { case pass, keep, close }

    private let other: any Channel
    private let judge: (any Channel, ByteBuffer) -> Step

    init(to other: any Channel, judge: @escaping (any Channel, ByteBuffer) -> Step) {
        self.other = other
        self.judge = judge
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        switch judge(other, bytes) {
        case .pass: other.writeAndFlush(bytes, promise: nil)
        case .keep: break
        case .close:
            other.close(promise: nil)
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
