internal import CronJobs
internal import Glibc
internal import LinuxEvents
internal import NIOCore

/// The addresses of hosts by their names. Whoever asks waits for its turn, and then for the answer; how long it waited for others is nobody's fault.
actor NameLookups {
    struct Found: Sendable {
        var addresses: [SocketAddress]
        /// When it was this one's turn.
        var since: NIODeadline
    }

    /// Its turn did not come within its time.
    struct NoTurn: Error {}

    private struct Waiter {
        var since: NIODeadline
        var promise: EventLoopPromise<Found>
    }

    private struct Lookup {
        var waiters: [Int: Waiter] = [:]
        var begin: NIODeadline?
    }

    private let loop: any NIOCore.EventLoop
    private let find: @Sendable (String) throws -> [SocketAddress]
    private var turns = LookupTurns()
    private var lookups: [String: Lookup] = [:]
    private var last = 0
    /// What took longer has not been answered, or hardly.
    private static let promptly = TimeAmount.seconds(2)

    /// - Parameter find: may take its time; each call is on a thread of its own.
    init(on loop: any NIOCore.EventLoop, _ find: @escaping @Sendable (String) throws -> [SocketAddress] = system) {
        (self.loop, self.find) = (loop, find)
    }

    /// - Parameter limit: for its turn; and once more for the answer.
    func addresses(of host: HostPort, limit: TimeAmount) async throws -> Found {
        if let address = try? SocketAddress(ipAddress: host.host, port: host.port) { return Found(addresses: [address], since: .now()) }
        last += 1
        let id = last, promise = loop.makePromise(of: Found.self)
        lookups[host.host, default: Lookup()].waiters[id] = Waiter(since: .now(), promise: promise)
        turns.ask(host.host)
        begin()
        remind(host.host, id, limit, in: limit)
        var found = try await promise.futureResult.get()
        for index in found.addresses.indices { found.addresses[index].port = host.port }
        return found
    }

    private func begin() {
        for name in turns.next() {
            lookups[name, default: Lookup()].begin = .now()
            let hasBegun = DetachedThread.start { [find] in
                let result = Result { try find(name) }
                Task { await self.ended(name, result) }
            }
            if !hasBegun { ended(name, .failure(WebFailure("\(name) cannot be looked up: no thread can be made"))) }
        }
    }

    private func ended(_ name: String, _ result: Result<[SocketAddress], any Error>) {
        let lookup = lookups.removeValue(forKey: name), now = NIODeadline.now(), begin = lookup?.begin ?? now
        turns.ended(name, hung: now - begin > Self.promptly)
        for waiter in (lookup?.waiters ?? [:]).values {
            waiter.promise.completeWith(result.map { Found(addresses: $0, since: max(begin, waiter.since)) })
        }
        self.begin()
    }

    private func remind(_ name: String, _ id: Int, _ limit: TimeAmount, in length: TimeAmount) {
        loop.scheduleTask(in: length) { Task { await self.timeIsUp(name, id, limit) } }
    }

    private func timeIsUp(_ name: String, _ id: Int, _ limit: TimeAmount) {
        guard let lookup = lookups[name], let waiter = lookup.waiters[id] else { return }
        if let begin = lookup.begin {
            let left = max(begin, waiter.since) + limit - .now()
            guard left <= .zero else { return remind(name, id, limit, in: left) }
            waiter.promise.fail(WebFailure("the name servers do not answer"))
        } else {
            waiter.promise.fail(NoTurn())
        }
        lookups[name]?.waiters[id] = nil
        if lookup.begin == nil, lookup.waiters.count == 1 {
            lookups[name] = nil
            turns.forget(name)
        }
    }

    /// As the system has it; without ports.
    static let system: @Sendable (String) throws -> [SocketAddress] = { name in
        var wanted = addrinfo()
        wanted.ai_socktype = Int32(SOCK_STREAM.rawValue)
        wanted.ai_protocol = Int32(IPPROTO_TCP)
        var first: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &wanted, &first)
        guard code == 0 else { throw WebFailure("\(name): \(String(cString: gai_strerror(code)))") }
        defer { freeaddrinfo(first) }
        var found: [SocketAddress] = [], next = first
        while let info = next?.pointee {
            if let bytes = UnsafeRawPointer(info.ai_addr) {
                switch info.ai_family {
                case AF_INET: found.append(SocketAddress(bytes.loadUnaligned(as: sockaddr_in.self), host: name))
                case AF_INET6: found.append(SocketAddress(bytes.loadUnaligned(as: sockaddr_in6.self), host: name))
                default: break
                }
            }
            next = info.ai_next
        }
        return found
    }
}
