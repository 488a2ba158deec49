public import CronJobs

extension RedisLedger: OrderStore {
    /// False where `PassedOrder.bound` stand already; what nobody took back for a minute is dropped.
    public func passOn(_ order: PassedOrder) async throws(StoreError) -> Bool {
        try await evaluate(
            .passOn,
            [
                .text("\(order.run)"), .int(order.left.wholeMilliseconds), .text(RowText.encoded(order.host)),
                .text(order.isForced ? "1" : "0"), .text(RowText.encoded(order.by)), .int(PassedOrder.bound),
            ]
        ).number == 1
    }

    /// By the server's clock: one whose time is over is left out.
    public func orders(for host: String) async throws(StoreError) -> [PassedOrder] {
        (try await evaluate(.orders, [.text(RowText.encoded(host))]).elements ?? []).compactMap { entry in
            guard let parts = entry.elements, let run = parts.first?.text.flatMap({ RunID($0) }), let left = parts.at(1)?.number else {
                return nil
            }
            return PassedOrder(
                run, host: host, isForced: parts.at(2)?.text == "1", by: RowText.decoded(parts.at(3)?.text ?? ""), left: .milliseconds(left)
            )
        }
    }

    /// Of several who remove it one is told `true`.
    public func removeOrder(_ run: RunID) async throws(StoreError) -> Bool {
        try await send([RedisCommand("HDEL", .text(prefix + "orders"), .text("\(run)"))]).first?.number == 1
    }
}

// Nodes of this host that are no more, and left without a word: a service that was killed alone. What they have running is taken over at once, so
// that nothing starts beside it which must not; without that their leases would have to end first.
extension RedisLedger {
    /// Sees to it that what dead nodes of this host held may be swept.
    func abandonTheDead() async throws(StoreError) {
        let nodes = try await send([RedisCommand("ZRANGE", .text(prefix + "nodes"), "0", "-1")]).first?.elements ?? []
        let dead = nodes.compactMap(\.text).filter { NodeName($0)?.isDead(as: node) ?? false }
        if !dead.isEmpty { _ = try await evaluate(.abandon, dead.map { .text($0) }) }
    }
}
