internal import CronJobs
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// One connection, greeted and ready. Requests of any tasks share it, in the order in which they were handed in.
struct RedisConnection: Sendable {
    let peer: RedisPeer
    private let channel: any Channel
    private let timeout: TimeAmount
    /// The password that it was told: its words may repeat it.
    private let mask: SecretMask?

    var isActive: Bool { channel.isActive }
    var closing: EventLoopFuture<Void> { channel.closeFuture }

    /// Connects to `address` and says hello, without looking at what kind of server it is.
    static func open(
        _ address: RedisAddress, url: RedisURL, tls: NIOSSLContext?, group: any EventLoopGroup, names: HostNames
    ) async throws(RedisError) -> RedisConnection {
        let peer = RedisPeer(name: address.description, usesTLS: tls != nil)
        let timeout = TimeAmount.nanoseconds(url.timeout.wholeNanoseconds)
        var serverName: String?
        // An address is no name to ask for; its certificate is compared with the address itself.
        if case .host(let host, _) = address, (try? SocketAddress(ipAddress: host, port: 0)) == nil { serverName = host }
        let name = serverName
        let bootstrap = ClientBootstrap(group: group).connectTimeout(timeout).channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .resolver(HostLookup(names, loop: group.any())).channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name)) }
                    try channel.pipeline.syncOperations.addHandler(RedisChannelHandler(peer: peer))
                }
            }
        do {
            let channel =
                switch address {
                case .host(let host, let port): try await bootstrap.connect(host: host, port: port).get()
                case .socket(let path): try await bootstrap.connect(unixDomainSocketPath: path).get()
                }
            let mask = url.password.flatMap { SecretMask([$0]) }
            return RedisConnection(peer: peer, channel: channel, timeout: timeout, mask: mask)
        } catch {
            throw RedisError(system: error, peer: peer)
        }
    }

    /// Hands commands in now, before this returns; the replies may be waited for later.
    func begin(_ commands: [RedisCommand]) -> EventLoopFuture<[RESPValue]> {
        let promise = channel.eventLoop.makePromise(of: [RESPValue].self)
        guard !commands.isEmpty else {
            promise.succeed([])
            return promise.futureResult
        }
        var bytes = channel.allocator.buffer(capacity: 256 * commands.count)
        for command in commands { command.write(to: &bytes) }
        let peer = peer
        let written = channel.eventLoop.makePromise(of: Void.self)
        // A channel that is closed already never shows the request to its handler.
        written.futureResult.whenFailure { error in
            promise.fail(peer.fate.failure ?? RedisError(.lost, peer.name, RedisError.words(error)))
        }
        // What is large takes its time, on the way and there: a second for each 4 MiB.
        let timeout = timeout + .milliseconds(Int64(bytes.readableBytes >> 12))
        channel.writeAndFlush(RedisRequest(bytes: bytes, replies: commands.count, timeout: timeout, promise: promise), promise: written)
        return promise.futureResult
    }

    /// The replies, errors among them.
    func send(_ commands: [RedisCommand]) async throws(RedisError) -> [RESPValue] { try await finish(begin(commands)) }

    func finish(_ future: EventLoopFuture<[RESPValue]>) async throws(RedisError) -> [RESPValue] {
        do { return try await future.get() } catch { throw RedisError(system: error, peer: peer, isKnown: true) }
    }

    /// The reply of one command; an error reply is thrown.
    func call(_ command: RedisCommand) async throws(RedisError) -> RESPValue {
        let reply = try await send([command]).first ?? .null
        if case .error(let words) = reply { throw failure(words) }
        return reply
    }

    /// What an error reply means. A server that cannot serve us any more is left.
    func failure(_ words: String) -> RedisError {
        let error = error(words)
        if error.endsConnection { close() }
        return error
    }

    func error(_ words: String) -> RedisError { RedisError(reply: mask?.masked(words) ?? words, server: peer.name) }

    func close() { channel.close(promise: nil) }
}
