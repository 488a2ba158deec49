internal import CronJobs
internal import LinuxEvents
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
    /// A file that holds the URL, read for each connection: its password may have been turned over.
    private let file: String?
    /// In a cluster the node is looked for that has this key.
    private let key: String?
    /// Nodes of the cluster, as last heard: any of them tells where our keys are, when one is gone.
    private var clusterNodes: [RedisAddress] = []
    /// Connections for keys that live elsewhere in the cluster.
    private var others: [String: RedisClient] = [:]
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
    ///   - file: what holds the URL; `url` is used where it cannot be read.
    ///   - key: one of the keys that are asked for, by which a cluster's node is found.
    ///   - sleep: waits between two tries; tests hand in one that does not. By default `SharedPool.wait`.
    public init(
        _ url: RedisURL, name: String = "crond", file: String? = nil, key: String? = nil,
        sleep: (@Sendable (Duration) async throws -> Void)? = nil,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.url = url
        self.name = String(name.unicodeScalars.map { (33..<127).contains($0.value) ? Character($0) : "-" })
        self.file = file
        self.key = key
        self.sleep = sleep ?? { try await SharedPool.wait(for: $0) }
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
        for other in others.values { await other.close() }
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
        let number = generation, url = currentURL(), tls = try Self.context(url)
        let place = Place(url: url, tls: tls)
        if url.sentinels != nil { return try await greeted(master(place), place, number) }
        var failure: RedisError?
        // Any node of a cluster tells where our keys are.
        for address in [url.address] + clusterNodes.filter({ $0 != url.address }) {
            do throws(RedisError) {
                let link = try await greeted(address, place, number)
                return link.greeting.mode == "cluster" ? try await owner(from: link, at: address, place) : link
            } catch { failure = failure ?? error }
        }
        throw failure ?? RedisError(.unreachable, url.description, "")
    }

    /// As the file has it now.
    private func currentURL() -> RedisURL {
        guard let file, let text = try? RedisSecret.file(path: file).read(for: url.description), let url = try? RedisURL(text) else {
            return url
        }
        return url
    }

    /// How to speak to any of the servers.
    struct Place {
        var url: RedisURL
        var tls: NIOSSLContext?
    }

    private func greeted(_ address: RedisAddress, _ place: Place, _ number: Int) async throws(RedisError) -> Link {
        let url = place.url
        let connection = try await RedisConnection.open(address, url: url, tls: place.tls, group: Self.group, names: names)
        do throws(RedisError) {
            let greeting = try await connection.greet(user: url.user, password: url.password, database: url.database, name: name)
            // A replica of a cluster tells where the masters are.
            if greeting.isReplica, greeting.mode != "cluster" { throw RedisError(.readOnly, address.description, "its role is replica") }
            if greeting.mode == "sentinel" { throw RedisError(.notRedis, address.description, "it is a sentinel: write redis+sentinel://") }
            return Link(connection: connection, generation: number, greeting: greeting)
        } catch {
            connection.close()
            throw await isForTLS(address, place, error) ? RedisError(.tlsServer, address.description, "it answers in TLS") : error
        }
    }

    /// Whether a server that closed on plain words speaks TLS: it is greeted so.
    private func isForTLS(_ address: RedisAddress, _ place: Place, _ error: RedisError) async -> Bool {
        guard error.kind == .closedAtOnce, place.tls == nil, case .host = address else { return false }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        guard let tls = try? NIOSSLContext(configuration: configuration) else { return false }
        do throws(RedisError) {
            let connection = try await RedisConnection.open(address, url: place.url, tls: tls, group: Self.group, names: names)
            defer { connection.close() }
            _ = try await connection.send([RedisCommand("PING")])
            return true
        } catch { return error.kind == .identityWanted || error.kind == .certificate }
    }

    // MARK: Clusters

    /// The node of the cluster that has our key, as one of the others tells it.
    private func owner(from link: Link, at address: RedisAddress, _ place: Place) async throws(RedisError) -> Link {
        guard let key else { return link }
        let map: ClusterMap
        do throws(RedisError) {
            map = try await ClusterMap.asked(of: link.connection, key: key, at: address)
        } catch {
            link.connection.close()
            throw error
        }
        clusterNodes = map.nodes
        if map.isOwner, !link.greeting.isReplica { return link }
        link.connection.close()
        guard let owner = map.owner else { throw RedisError(.cluster, address.description, "no node has the slot of \(key)") }
        let found = try await greeted(owner, place, link.generation)
        guard found.greeting.isReplica else { return found }
        found.connection.close()
        throw RedisError(.readOnly, owner.description, "its role is replica")
    }

    /// The client that reaches `key`: this one, and in a cluster one of its own, which may lead to another node.
    func client(of key: String) async throws(RedisError) -> RedisClient {
        guard try await link().greeting.mode == "cluster" else { return self }
        if let known = others[key] { return known }
        let other = RedisClient(url, name: name, file: file, key: key, sleep: sleep, random: random)
        others[key] = other
        return other
    }

    /// Asks on the connection; where the cluster says that the key moved, nothing was done, and the node that has it is asked.
    nonisolated func following<Answer: Sendable>(
        _ question: @Sendable (Link) async throws(RedisError) -> Answer
    ) async throws(RedisError) -> Answer {
        let link = try await link()
        do throws(RedisError) { return try await question(link) } catch {
            guard error.kind == .moved else { throw error }
            await leave(link)
            return try await question(self.link())
        }
    }

    /// Looks for another connection now.
    func leave(_ link: Link) {
        link.connection.close()
        lost(link.generation)
    }

    /// Asks the sentinels, one after the other, where the master is.
    private func master(_ place: Place) async throws(RedisError) -> RedisAddress {
        let url = place.url, tls = place.tls
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
