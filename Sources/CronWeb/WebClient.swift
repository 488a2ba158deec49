internal import CronJobs
internal import Glibc
public import LinuxEvents
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

// Requests over HTTP/1.1, each on a connection of its own: where the host is ──▶ connected (through a proxy, in TLS) ──▶ asked ──▶ its status ──▶ closed.
// All of it has one time limit, from the moment on when its host's name is looked up. What blocks is on threads that may hang: each look-up on its own
// (`NameLookups`), reading certificates on another. What comes from the server is read up to the end of its head and no further.

/// Asks servers on the web, and wants nothing but their status, and when to come again.
public actor WebClient {
    public struct Options: Sendable {
        public var limit = Duration.seconds(10)
        public var proxies = WebProxies([:])
        /// A file of certificates to trust instead of the system's.
        public var authority: String?

        public init() {}
    }

    private let options: Options
    private let blocking: ThreadExecutor
    private let group: MultiThreadedEventLoopGroup
    /// Read again after a while: authorities come and go.
    private var trust: (context: NIOSSLContext, until: NIODeadline)?
    private let names: NameLookups

    /// - Parameter blocking: where it may wait for files.
    public init(_ options: Options, blocking: ThreadExecutor) {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.init(options, blocking: blocking, group, NameLookups(on: group.next()))
    }

    init(_ options: Options, blocking: ThreadExecutor, _ group: MultiThreadedEventLoopGroup, _ names: NameLookups) {
        (self.options, self.blocking, self.group, self.names) = (options, blocking, group, names)
    }

    public func send(_ request: WebRequest) async -> WebAnswer {
        do {
            let proxy: WebURL?
            switch options.proxies.way(to: request.url) {
            case .straight: proxy = nil
            case .through(let url): proxy = url
            case .blocked(let reason): return .none(reason)
            }
            let tls = request.url.isSecure ? try await context() : nil
            let next = (proxy ?? request.url).host
            let limit = TimeAmount.nanoseconds((request.limit ?? options.limit).wholeNanoseconds)
            let found = try await names.addresses(of: next, limit: limit)
            return try await ask(next, at: found.addresses, Exchange(request: request, proxy: proxy, tls: tls, end: found.since + limit))
        } catch is NameLookups.NoTurn {
            return .untried
        } catch {
            if case .through(let proxy) = options.proxies.way(to: request.url) {
                return .none("through the proxy \(proxy): \(WebFailure.words(error))")
            }
            return .none(WebFailure.words(error))
        }
    }

    /// At the first address that takes a connection.
    private func ask(_ host: HostPort, at addresses: [SocketAddress], _ exchange: Exchange) async throws -> WebAnswer {
        var failure: any Error = WebFailure(addresses.isEmpty ? "no address of \(host.host) is known" : "no connection within its time")
        for address in addresses.prefix(4) where NIODeadline.now() < exchange.end {
            let answer: EventLoopFuture<WebAnswer>
            do { answer = try await exchange.begin(at: address, group) } catch {
                failure = error
                continue
            }
            return try await answer.get()
        }
        throw failure
    }

    // MARK: What blocks

    private func context() async throws -> NIOSSLContext {
        if let trust, trust.until > .now() { return trust.context }
        let authority = options.authority
        let context = try await Task.detached(executorPreference: blocking) {
            var configuration = TLSConfiguration.makeClientConfiguration()
            // Named, because what it finds by itself the library finds once and for all.
            if let file = authority ?? WebFailure.systemAuthorities { configuration.trustRoots = .file(file) }
            do { return try NIOSSLContext(configuration: configuration) } catch { throw WebFailure(unreadable: authority) }
        }.value
        trust = (context, .now() + .minutes(10))
        return context
    }
}
