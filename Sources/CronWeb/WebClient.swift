internal import CronJobs
internal import Glibc
public import LinuxEvents
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

// Requests over HTTP/1.1, each on a connection of its own: where the host is ──▶ connected (through a proxy, in TLS) ──▶ asked ──▶ its status ──▶ closed.
// All of it has one time limit. What blocks (looking a host up, reading certificates) is on a thread that may hang; what comes from the server is read up
// to the end of its head and no further.

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
    private var looks = 0
    private static let mostLooks = 64

    /// - Parameter blocking: where it may wait for files and name servers.
    public init(_ options: Options, blocking: ThreadExecutor) {
        self.options = options
        self.blocking = blocking
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    }

    public func send(_ request: WebRequest) async -> WebAnswer {
        let end = NIODeadline.now() + .nanoseconds(options.limit.wholeNanoseconds)
        do {
            let proxy: WebURL?
            switch options.proxies.way(to: request.url) {
            case .straight: proxy = nil
            case .through(let url): proxy = url
            case .blocked(let reason): return .none(reason)
            }
            let tls = request.url.isSecure ? try await context() : nil
            let next = (proxy ?? request.url).host
            return try await ask(next, Exchange(request: request, proxy: proxy, tls: tls, end: end))
        } catch {
            if case .through(let proxy) = options.proxies.way(to: request.url) {
                return .none("through the proxy \(proxy): \(WebFailure.words(error))")
            }
            return .none(WebFailure.words(error))
        }
    }

    /// At the first address that takes a connection.
    private func ask(_ host: HostPort, _ exchange: Exchange) async throws -> WebAnswer {
        let addresses = try await look(up: host, until: exchange.end)
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

    private func look(up host: HostPort, until end: NIODeadline) async throws -> [SocketAddress] {
        if let address = try? SocketAddress(ipAddress: host.host, port: host.port) { return [address] }
        guard looks < Self.mostLooks else { throw WebFailure("the name servers do not answer") }
        looks += 1
        let promise = group.next().makePromise(of: [SocketAddress].self)
        // Detached: this actor is not held while it looks.
        Task.detached(executorPreference: blocking) {
            promise.completeWith(Result { try Self.addresses(of: host) })
            await self.hasLooked()
        }
        let timer = group.next().scheduleTask(deadline: end) { promise.fail(WebFailure("the name servers do not answer")) }
        defer { timer.cancel() }
        return try await promise.futureResult.get()
    }

    private func hasLooked() { looks -= 1 }

    private static func addresses(of host: HostPort) throws -> [SocketAddress] {
        var wanted = addrinfo()
        wanted.ai_socktype = Int32(SOCK_STREAM.rawValue)
        wanted.ai_protocol = Int32(IPPROTO_TCP)
        var first: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host.host, "\(host.port)", &wanted, &first)
        guard code == 0 else { throw WebFailure("\(host.host): \(String(cString: gai_strerror(code)))") }
        defer { freeaddrinfo(first) }
        var found: [SocketAddress] = [], next = first
        while let info = next?.pointee {
            if let bytes = UnsafeRawPointer(info.ai_addr) {
                switch info.ai_family {
                case AF_INET: found.append(SocketAddress(bytes.loadUnaligned(as: sockaddr_in.self), host: host.host))
                case AF_INET6: found.append(SocketAddress(bytes.loadUnaligned(as: sockaddr_in6.self), host: host.host))
                default: break
                }
            }
            next = info.ai_next
        }
        return found
    }

    private func context() async throws -> NIOSSLContext {
        if let trust, trust.until > .now() { return trust.context }
        let authority = options.authority
        let context = try await Task.detached(executorPreference: blocking) {
            var configuration = TLSConfiguration.makeClientConfiguration()
            if let authority { configuration.trustRoots = .file(authority) }
            do { return try NIOSSLContext(configuration: configuration) } catch {
                throw WebFailure("the certificates to trust cannot be read from \(authority ?? "the system's place"): \(error)")
            }
        }.value
        trust = (context, .now() + .minutes(10))
        return context
    }
}

/// Why there is no answer, for people.
struct WebFailure: Error {
    let words: String

    init(_ words: String) { self.words = words }

    static func words(_ error: any Error) -> String {
        switch error {
        case let failure as WebFailure: return failure.words
        case let error as IOError: return String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: return "no connection within its time"
        case NIOSSLError.uncleanShutdown: return "it closed the connection without an answer"
        default: break
        }
        let text = "\(error)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return "its certificate is not trusted here (install ca-certificates, or name its authority's file in SSL_CERT_FILE)"
        }
        if text.contains("WRONG_VERSION_NUMBER") { return "it does not speak TLS: write http://" }
        return "\(text.prefix(200))"
    }
}
