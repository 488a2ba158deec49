public import CronJobs

// Where consumers of facts stand: one node at a time reads on, by the server's clock.

extension RedisLedger: ConsumerStore {
    private func head(_ consumer: String) -> [RedisCommand.Word] {
        [.text(consumer), .text(node), .int(ConsumerLease.length.wholeMilliseconds)]
    }

    public func attend(_ consumer: String, known: Int64?, now: WallTime) async throws(StoreError) -> ConsumerPlace {
        let reply = try await evaluate(.attend, head(consumer) + [.maybe(known)]).elements ?? []
        if let cursor = reply.at(1)?.text.flatMap({ Int64($0) }) { return .at(cursor, lost: Int(clamping: reply.at(2)?.number ?? 0)) }
        return .heldBy(reply.first?.text ?? "")
    }

    public func notes(of consumer: String) async throws(StoreError) -> [String: String] {
        let reply = try await send([RedisCommand("HGETALL", .text(prefix + "consumer:" + consumer + ":notes"))]).first ?? .null
        var notes: [String: String] = [:]
        for (name, text) in reply.pairs { if let name = name.text { notes[name] = text.text } }
        return notes
    }

    public func advance(
        _ consumer: String, from: Int64, to: Int64, notes: [String: String?], now: WallTime
    ) async throws(StoreError) -> Bool {
        var words = head(consumer) + [.int(from), .int(to)]
        for (name, text) in notes { words += [.text(name), .int(text == nil ? 0 : 1), .text(text ?? "")] }
        return try await evaluate(.advance, words).number == 1
    }

    public func leave(_ consumer: String) async throws(StoreError) {
        _ = try await evaluate(.leave, [.text(consumer), .text(node)])
    }
}
