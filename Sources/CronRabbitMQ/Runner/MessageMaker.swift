internal import CronExpressions
internal import CronJobs

/// What is sent for an attempt.
struct MessageMaker: Sendable {
    let service: String

    /// A larger text is judged by its ends, because reading it would take time that the loop does not have.
    private static let readable = 64 << 10

    /// All attempts of a run have one id: what was never confirmed may have arrived, and so may what one of several queues refused. Whoever has seen the
    /// id has seen the message.
    static func id(of run: RunID) -> String {
        let text = "\(run).1"
        guard text.utf8.count > Message.longestName else { return text }
        var hash = FNV1a()
        hash.add(text)
        return String(decoding: text.utf8.prefix(200), as: UTF8.self) + "~" + String(hash.value, radix: 16)
    }

    func message(_ publication: Publication, _ attempt: Attempt, at now: WallTime) -> Message {
        let body = attempt.body ?? Array(publication.content.utf8)
        return Message(
            id: Self.id(of: attempt.run), exchange: publication.exchange ?? "", key: publication.key ?? "", body: body,
            contentType: Self.contentType(of: body),
            headers: [
                .init("cron-job", .text("\(attempt.run.job)")), .init("cron-run", .text("\(attempt.run)")),
                .init("cron-scheduled-at", .text(attempt.scheduledAt.rfc3339UTC())), .init("cron-attempt", .number(Int64(attempt.number))),
                .init("cron-fence", .number(attempt.fence)),
                .init("cron-lateness-ms", .number(attempt.lateness(at: now).wholeMilliseconds)),
                .init("cron-missed", .number(Int64(attempt.missed))), .init("cron-service", .text(service)),
            ], timestamp: now.instant.seconds)
    }

    static func contentType(of body: [UInt8]) -> String {
        func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
        let first = body.first { !isBlank($0) }, last = body.last { !isBlank($0) }
        let looksLikeJSON =
            first == UInt8(ascii: "{") && last == UInt8(ascii: "}") || first == UInt8(ascii: "[") && last == UInt8(ascii: "]")
        if looksLikeJSON, body.count > readable || (try? JSONReader.read(body)) != nil { return "application/json" }
        guard !body.contains(0), String(validating: body, as: UTF8.self) != nil else { return "application/octet-stream" }
        return "text/plain"
    }
}

extension Delivery {
    /// Why it was not delivered, in a word for the history.
    var word: String {
        guard case .undelivered(let reason) = self else { return "" }
        for (beginning, word) in [("312", "no queue"), ("404", "no exchange"), ("403", "forbidden"), ("a queue refused", "queue refused")]
        where reason.hasPrefix(beginning) { return word }
        return "refused"
    }

    /// In words, for the log.
    var reason: String? {
        switch self {
        case .confirmed: nil
        case .undelivered(let reason), .unconfirmed(let reason), .unsent(let reason): reason
        }
    }
}
