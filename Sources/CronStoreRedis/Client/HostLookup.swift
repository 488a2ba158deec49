internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// One look-up, for one connection. (NIO's own asks libdispatch for a thread each time, also for what is an address already.)
final class HostLookup: Resolver, Sendable {
    private let names: HostNames
    private let loop: any EventLoop
    /// Both questions have one answer.
    private let answer = Mutex<EventLoopFuture<[SocketAddress]>?>(nil)

    init(_ names: HostNames, loop: any EventLoop) {
        self.names = names
        self.loop = loop
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        look(host, port).map { found in found.filter { $0.protocol == .inet } }
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        look(host, port).map { found in found.filter { $0.protocol == .inet6 } }
    }

    /// A look-up that has begun cannot be called back.
    func cancelQueries() {}

    private func look(_ host: String, _ port: Int) -> EventLoopFuture<[SocketAddress]> {
        if let address = try? SocketAddress(ipAddress: host, port: port) { return loop.makeSucceededFuture([address]) }
        return answer.withLock { answer in
            if let answer { return answer }
            let promise = loop.makePromise(of: [SocketAddress].self)
            names.look(up: host, port: port, for: promise)
            answer = promise.futureResult
            return promise.futureResult
        }
    }
}
