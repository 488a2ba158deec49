internal import CronExpressions
internal import CronJobs
@testable internal import CronStoreRedis
internal import CronTesting
internal import Glibc
internal import Testing

@Suite("A Redis cluster", .serialized, .realTime, .timeLimit(.minutes(3))) struct RedisClusterTests {
    private static let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    private struct Cluster {
        var servers: [RedisServer]
        var ports: [Int]

        init(_ count: Int, replicas: Int = 0) async throws {
            ports = try (0..<count).map { _ in try RedisServer.freePort() }
            servers = []
            for port in ports {
                servers.append(
                    try RedisServer([
                        "--port", "\(port)", "--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--bind", "127.0.0.1",
                        "--cluster-require-full-coverage", "no", "--cluster-replica-validity-factor", "0",
                    ]))
            }
            let nodes = ports.map { "127.0.0.1:\($0)" }.joined(separator: " ")
            // Each node calls the cluster up when it has heard of all slots itself.
            try Shell.run(
                """
                redis-cli --cluster create \(nodes) --cluster-replicas \(replicas) --cluster-yes >/dev/null
                for port; do until redis-cli -p $port cluster info | grep -q cluster_state:ok; do sleep 0.05; done; done
                """, ["sh"] + ports.map { "\($0)" })
        }

        func ledger() throws -> RedisLedger {
            let client = RedisClient(
                try RedisURL("redis://127.0.0.1:\(ports[0])"), key: RedisLedger.key(of: "test"),
                sleep: soon)
            return RedisLedger(
                name: "test", client: client, clock: StoreClock(machine: ManualClocks(wall: now)), options: .made, host: "h")
        }

        /// The server that has the slot of our keys.
        func owner() async throws -> Int {
            for (index, server) in servers.enumerated() {
                let answer = try? await server.client().raw("HGET", "{cron:test}:meta", "rid")
                if let answer, !answer.hasPrefix("MOVED"), !answer.hasPrefix("CLUSTERDOWN") { return index }
            }
            throw Complaint("nobody has the slot")
        }
    }

    @Test(
        "Any node leads to the one that has our slot; the legacy service's keys are asked for where they are; a slot that moves is followed"
    )
    func three() async throws {
        let cluster = try await Cluster(3)
        let ledger = try cluster.ledger(), job = JobID("a")
        guard case .won? = try await again({ try await ledger.claim([made(job, 60)], now: Self.now) }).first else {
            throw Complaint("not won")
        }
        let data = RedisLegacyData(client: ledger.client)
        try await data.setCache([91, 93])
        #expect(try await data.cache() == [91, 93])
        #expect(try await data.bodies(of: [job]).isEmpty)
        let owner = try await cluster.owner(), other = (owner + 1) % 3
        try Shell.run(
            """
            from=$(redis-cli -p $0 cluster myid); to=$(redis-cli -p $1 cluster myid)
            slot=$(redis-cli -p $0 cluster keyslot '{cron:test}:meta')
            redis-cli -p $1 cluster setslot $slot importing $from
            redis-cli -p $0 cluster setslot $slot migrating $to
            redis-cli -p $0 cluster getkeysinslot $slot 1000 | while read -r key; do redis-cli -p $0 migrate 127.0.0.1 $1 "$key" 0 5000; done
            for port in $1 $0; do redis-cli -p $port cluster setslot $slot node $to; done
            """, ["\(cluster.ports[owner])", "\(cluster.ports[other])"])
        #expect(try await cluster.owner() == other)
        let answers = try await again { try await ledger.claim([made(job, 120)], now: Self.now) }
        guard case .won? = answers.first else { throw Complaint("\(answers)") }
        #expect(try await ledger.claim([made(job, 60)], now: Self.now) == [.taken(watermark: Instant(1_700_000_120))], "nothing is lost")
    }

    @Test("A failover of the node that has our slot is survived") func failover() async throws {
        let cluster = try await Cluster(6, replicas: 1)
        let ledger = try cluster.ledger(), job = JobID("a")
        _ = try await again { try await ledger.claim([made(job, 60)], now: Self.now) }
        let owner = try await cluster.owner()
        cluster.servers[owner].crash()
        // A replica takes over after the cluster's time for a node, two seconds.
        try Shell.run(
            """
            for turn in $(seq 600); do
                for port; do
                    answer=$(redis-cli -p $port hget '{cron:test}:meta' rid 2>&1) || continue
                    case "$answer" in *MOVED*|*CLUSTERDOWN*|*Could*) ;; *) exit 0 ;; esac
                done
                sleep 0.1
            done
            exit 1
            """, ["sh"] + cluster.ports.enumerated().filter { $0.offset != owner }.map { "\($0.element)" })
        let answers = try await again { try await ledger.claim([made(job, 120)], now: Self.now) }
        guard case .won? = answers.first else { throw Complaint("not won after the failover: \(answers)") }
        #expect(try await ledger.claim([made(job, 60)], now: Self.now) == [.taken(watermark: Instant(1_700_000_120))])
    }

    @Test("The map: masters first, whose slot it is, nodes without a host at the host that was asked") func map() {
        func node(_ host: RESPValue, _ port: Int64, _ id: String) -> RESPValue {
            .array([host, .integer(port), .string(Array(id.utf8)), .array([])])
        }
        func text(_ text: String) -> RESPValue { .string(Array(text.utf8)) }
        let slots = RESPValue.array([
            .array([.integer(0), .integer(99), node(text("a"), 1, "A"), node(text("b"), 2, "B")]),
            .array([.integer(100), .integer(16383), node(text(""), 3, "C")]),
            .array([.integer(5)]), .null, .array([.integer(1), .integer(0), node(text("x"), 99_999, "X")]),
        ])
        let asked = RedisAddress.host("seed", port: 9)
        let map = ClusterMap(slots: slots, slot: 50, own: "B", askedAt: asked)
        #expect(map.owner == .host("a", port: 1) && !map.isOwner)
        #expect(map.nodes == [.host("a", port: 1), .host("seed", port: 3), .host("b", port: 2)])
        #expect(ClusterMap(slots: slots, slot: 100, own: "C", askedAt: asked).isOwner)
        #expect(ClusterMap(slots: slots, slot: 20_000, own: "C", askedAt: asked).owner == nil)
    }
}
