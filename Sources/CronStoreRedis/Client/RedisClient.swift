internal import CronJobs
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

// One connection for everybody, made again for ever. While a try is under way, callers wait for it; between two tries they hear at once why
// the last one failed, because a fire time that cannot be claimed now is asked for again by whoever plans it.
//
//      idle ──call──▶ connecting ──▶ ready ──lost──▶ connecting ...
//                        │  ▲
//                        ▼  │ 50 ms … 5 s, jittered
//                      pausing

/// A Redis, found (through sentinels, if there are any), connected to and watched over.
public actor RedisClient {
    /// A connection, and which one of this client's it is: whoever has state at the other end looks whether the number changed.
    struct Link: Sendable {
        var connection: RedisConnection
        var generation: Int
        var greeting: RedisGreeting
    }

    private enum State {
        case idle
        case connecting(Task<Result<Link, RedisError>, Never>)
        case ready(Link)
        case pausing(RedisError)
        case closed
    }

    public nonisolated let url: RedisURL
    private let name: String
    /// One thread and its three descriptors, whatever the number of cores: there is one connection.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let names = HostNames()
    private let sleep: @Sendable (Duration) async throws -> Void
    private let random: @Sendable () -> Double
    private var state = State.idle
    private var generation = 0
    private var backoff = Backoff()
    private var pause: Task<Void, Never>?
    /// Why the last try failed; `nil` while there is a connection.
    public private(set) var lastFailure: RedisError?

    /// - Parameters:
    ///   - name: what the server's operator sees in `CLIENT LIST`.
    ///   - sleep: waits between two tries; tests hand in one that does not.
    public init(
        _ url: RedisURL, name: String = "crond",
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.url = url
        self.name = String(name.unicodeScalars.map { (33..<127).contains($0.value) ? Character($0) : "-" })
        self.sleep = sleep
        self.random = random
        // Its thread is made now, not with the first connection.
        _ = Self.group
    }

    public var isConnected: Bool { if case .ready(let link) = state { link.connection.isActive } else { false } }

    /// Connects now, or throws why that cannot be done; goes on trying in any case.
    public func connect() async throws(RedisError) { _ = try await link() }

    /// Ends the connection; every call from now on fails.
    public func close() async {
        let old = state
        state = .closed
        pause?.cancel()
        guard case .ready(let link) = old else { return }
        link.connection.close()
        _ = try? await link.connection.closing.get()
    }

    func link() async throws(RedisError) -> Link {
        switch state {
        case .ready(let link) where link.connection.isActive: return link
        case .connecting(let task): return try await task.value.get()
        case .pausing(let error): throw error
        case .closed: throw RedisError(.lost, url.description, "the store is closed")
        case .ready, .idle: return try await begin().value.get()
        }
    }

    private func begin() -> Task<Result<Link, RedisError>, Never> {
        let task = Task { () -> Result<Link, RedisError> in
            do throws(RedisError) { return .success(try await open()) } catch { return .failure(error) }
        }
        state = .connecting(task)
        Task { await settle(task.value) }
        return task
    }

    private func settle(_ result: Result<Link, RedisError>) {
        if case .closed = state {
            if case .success(let link) = result { link.connection.close() }
            return
        }
        switch result {
        case .success(let link):
            state = .ready(link)
            lastFailure = nil
            backoff.reset()
            link.connection.closing.whenComplete { [weak self] _ in
                Task { await self?.lost(link.generation) }
            }
        case .failure(let error):
            state = .pausing(error)
            lastFailure = error
            let wait = backoff.next(random: random()), sleep = sleep
            pause = Task { [weak self] in
                guard (try? await sleep(wait)) != nil else { return }
                await self?.again()
            }
        }
    }

    private func again() { if case .pausing = state { _ = begin() } }

    private func lost(_ generation: Int) {
        guard case .ready(let link) = state, link.generation == generation else { return }
        lastFailure = RedisError(.lost, link.connection.peer.name, "")
        _ = begin()
    }

    private func open() async throws(RedisError) -> Link {
        generation += 1
        let number = generation
        let tls = try Self.context(url)
        let address = url.sentinels == nil ? url.address : try await master(tls)
        let connection = try await RedisConnection.open(address, url: url, tls: tls, group: Self.group, names: names)
        do throws(RedisError) {
            let greeting = try await connection.greet(user: url.user, password: url.password, database: url.database, name: name)
            if greeting.isReplica { throw RedisError(.readOnly, address.description, "its role is replica") }
            if greeting.mode == "sentinel" { throw RedisError(.notRedis, address.description, "it is a sentinel: write redis+sentinel://") }
            return Link(connection: connection, generation: number, greeting: greeting)
        } catch {
            connection.close()
            throw error
        }
    }

    /// Asks the sentinels, one after the other, where the master is.
    private func master(_ tls: NIOSSLContext?) async throws(RedisError) -> RedisAddress {
        guard let sentinels = url.sentinels else { return url.address }
        var words: [String] = []
        for address in sentinels.addresses {
            do throws(RedisError) {
                let connection = try await RedisConnection.open(address, url: url, tls: tls, group: Self.group, names: names)
                defer { connection.close() }
                try await Self.introduce(sentinels, to: connection)
                let reply = try await connection.call(RedisCommand("SENTINEL", "GET-MASTER-ADDR-BY-NAME", .text(sentinels.master)))
                if let host = reply.elements?.first?.text, let port = reply.elements?.last?.number.flatMap({ UInt16(exactly: $0) }) {
                    return .host(host, port: Int(port))
                }
                words.append("\(address) knows no master \"\(sentinels.master)\"")
            } catch {
                words.append(error.kind == .passwordWanted ? "\(address) wants sentinel-password-file=PATH" : error.description)
            }
        }
        throw RedisError(.sentinel, url.description, words.joined(separator: "; "))
    }

    private static func introduce(_ sentinels: RedisURL.Sentinels, to connection: RedisConnection) async throws(RedisError) {
        guard let password = try sentinels.password?.read(for: connection.peer.name) else { return }
        let user = sentinels.user.map { [RedisCommand.Word.text($0)] } ?? []
        _ = try await connection.call(RedisCommand(["AUTH"] + user + [.text(password)]))
    }

    private static func context(_ url: RedisURL) throws(RedisError) -> NIOSSLContext? {
        guard let wanted = url.tls else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authority = wanted.authority {
            if let fault = NamedFile.fault(authority, allowsFolder: true) {
                throw RedisError(.authority, url.description, "\(authority) \(fault)")
            }
            configuration.trustRoots = .file(authority)
        }
        configuration.certificateVerification = wanted.verification == .full ? .fullVerification : .none
        if let identity = wanted.identity { try show(identity, in: &configuration, of: url) }
        do { return try NIOSSLContext(configuration: configuration) } catch {
            if let identity = wanted.identity, "\(error)".hasMark("PrivateKey") {
                throw RedisError(.identity, url.description, "\(identity.key) is not the key of \(identity.certificate)")
            }
            throw RedisError(.authority, url.description, "\(wanted.authority ?? "the system's certificates"): \(error)")
        }
    }

    private static func show(
        _ identity: RedisURL.Identity, in configuration: inout TLSConfiguration, of url: RedisURL
    ) throws(RedisError) {
        for path in [identity.certificate, identity.key] {
            if let fault = NamedFile.fault(path) { throw RedisError(.identity, url.description, "\(path) \(fault)") }
        }
        do {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(identity.certificate).map { .certificate($0) }
        } catch { throw RedisError(.identity, url.description, "\(identity.certificate): \(error)") }
        do {
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: identity.key, format: .pem))
        } catch { throw RedisError(.identity, url.description, "\(identity.key): \(error)") }
    }
}
