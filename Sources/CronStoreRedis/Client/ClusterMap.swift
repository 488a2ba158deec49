/// Where in a cluster a key is, as one of its nodes tells.
struct ClusterMap {
    /// All nodes that have slots, masters first.
    private(set) var nodes: [RedisAddress] = []
    /// The master that has the key's slot; `nil` where nobody has it now.
    private(set) var owner: RedisAddress?
    /// It is the very node that was asked.
    private(set) var isOwner = false

    private static let most = 64

    /// Asks a node.
    static func asked(of connection: RedisConnection, key: String, at address: RedisAddress) async throws(RedisError) -> ClusterMap {
        let replies = try await connection.all([
            RedisCommand("CLUSTER", "KEYSLOT", .text(key)), RedisCommand("CLUSTER", "MYID"), RedisCommand("CLUSTER", "SLOTS"),
        ])
        guard replies.count == 3, let slot = replies[0].number, let own = replies[1].text else {
            throw RedisError(.cluster, address.description, "it does not say where \(key) is")
        }
        return ClusterMap(slots: replies[2], slot: slot, own: own, askedAt: address)
    }

    /// - Parameter slots: what `CLUSTER SLOTS` answers: first and last slot, then host, port and id of the master and of each replica.
    init(slots: RESPValue, slot: Int64, own: String, askedAt address: RedisAddress) {
        var replicas: [RedisAddress] = []
        for range in slots.elements ?? [] {
            let parts = range.elements ?? []
            for (place, node) in parts.dropFirst(2).enumerated() {
                guard let found = Self.address(node, askedAt: address) else { continue }
                if place > 0 { replicas.append(found) } else if !nodes.contains(found) { nodes.append(found) }
            }
            guard let first = parts.at(0)?.number, let last = parts.at(1)?.number, (first...max(first, last)).contains(slot),
                let master = parts.at(2)
            else { continue }
            owner = Self.address(master, askedAt: address)
            isOwner = master.elements?.at(2)?.text == own
        }
        for replica in replicas where !nodes.contains(replica) { nodes.append(replica) }
        nodes = Array(nodes.prefix(Self.most))
    }

    /// A node without a host is at the host that was asked.
    private static func address(_ node: RESPValue, askedAt asked: RedisAddress) -> RedisAddress? {
        let parts = node.elements ?? []
        guard let port = parts.at(1)?.number.flatMap({ UInt16(exactly: $0) }), port > 0 else { return nil }
        if let host = parts.at(0)?.text, !host.isEmpty, host != "?" { return .host(host, port: Int(port)) }
        guard case .host(let host, _) = asked else { return .host("127.0.0.1", port: Int(port)) }
        return .host(host, port: Int(port))
    }
}
